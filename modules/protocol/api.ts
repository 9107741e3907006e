import * as z from "zod";
import { desiredAppSchema } from "./app.ts";

/** Protocol spoken by this build. One minor apart works both ways; another major does not. */
export const protocolVersion = { major: 1, minor: 0 } as const;

/** Header of every request and answer: `1.0`. A request of another major is refused with `agent.protocol`. */
export const protocolHeader = "stackhouse-protocol";

/** Where the agent lives on a host. Root only. */
export const agentPaths = {
  socket: "/run/stackhouse/agent.sock",
  /** Beside the socket: many streams to it over one connection, see `streams.ts`. */
  streams: "streams.sock",
  /** Slots `a` and `b`, and the link `current` to the one that runs. */
  install: "/opt/stackhouse",
  state: "/var/lib/stackhouse",
  unit: "stackhouse-agent.service",
  /** There while the guest is the template of VMs: it has no identity yet, see `host-agent/birth.ts`. */
  templateMark: "/run/stackhouse-template",
} as const;

/** Labels that mark what is ours. Nothing without `app` is ever touched. */
export const labels = {
  app: "dev.stackhouse.app",
  service: "dev.stackhouse.service",
  number: "dev.stackhouse.number",
  fingerprint: "dev.stackhouse.fingerprint",
  release: "dev.stackhouse.release",
  /** Key of a network or volume in the stack file. */
  key: "dev.stackhouse.key",
  /** Where an anonymous volume is mounted, in the container with its service and number. */
  target: "dev.stackhouse.target",
} as const;

export const agentInfoSchema = z.object({
  /** Version of the running bundle, and its SHA-256 in hexadecimal: what `Agent` compares. */
  version: z.string(),
  bundleDigest: z.string(),
  slot: z.enum(["a", "b"]),
  /** False until the installer confirmed the slot; an unconfirmed slot is left at the next start. */
  confirmed: z.boolean(),
  protocol: z.object({ major: z.number().int(), minor: z.number().int() }),
  runtime: z.object({ kind: z.string(), version: z.string() }),
  facts: z.object({
    architecture: z.string(),
    cpus: z.number().int(),
    memoryBytes: z.number(),
    os: z.string(),
    kernel: z.string(),
  }),
  residentMemoryBytes: z.number(),
  /** Drawn at each start: no two agents that run have the same. Older agents do not say. */
  instance: z.uuid().optional(),
  startedAt: z.string(),
});
export type AgentInfo = z.infer<typeof agentInfoSchema>;

/** How long a whole job may take, from the request on, milliseconds. At most a week. */
const deadlineMs = z.number().int().positive().max(604_800_000);

export const applyRequestSchema = z.strictObject({
  desired: desiredAppSchema,
  /** Chosen by the client, so that a repeated request finds the job that it started. */
  jobId: z.uuid(),
  deadlineMs,
  /** Who asks and why, for the release record. */
  requestedBy: z.string(),
});
export type ApplyRequest = z.infer<typeof applyRequestSchema>;

export const removeRequestSchema = z.strictObject({
  jobId: z.uuid(),
  /** Keys of named volumes to delete with their data; all others stay. */
  deleteVolumes: z.array(z.string()),
  deadlineMs,
  requestedBy: z.string(),
});
export type RemoveRequest = z.infer<typeof removeRequestSchema>;

export const planRequestSchema = z.strictObject({ desired: desiredAppSchema });

export const logsQuerySchema = z.strictObject({
  /** Empty: all. */
  services: z.array(z.string()),
  follow: z.boolean(),
  /** Last lines of each container; absent: all. */
  tail: z.number().int().min(0).optional(),
  /** ISO 8601. */
  since: z.string().optional(),
});
export type LogsQuery = z.infer<typeof logsQuerySchema>;

export const logLineSchema = z.object({
  service: z.string(),
  container: z.string(),
  stream: z.enum(["stdout", "stderr"]),
  at: z.string(),
  line: z.string(),
});
export type LogLine = z.infer<typeof logLineSchema>;

export const execRequestSchema = z.strictObject({
  service: z.string(),
  number: z.number().int().optional(),
  command: z.array(z.string()).min(1),
  tty: z.boolean(),
  user: z.string().optional(),
  workingDir: z.string().optional(),
  env: z.record(z.string(), z.string()),
});
export type ExecRequest = z.infer<typeof execRequestSchema>;
