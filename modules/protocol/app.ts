import * as z from "zod";
import { modelSchema } from "../stackfile/model.ts";

// What is asked is strict, what is answered is not: a client one minor older drops the fields that it does not know.

/** What the agent is asked to run: everything that a release is made of. Contents and credentials are secrets. */
export const desiredAppSchema = z.strictObject({
  model: modelSchema,
  /** Content of each config and secret, base64, by `configs/NAME` or `secrets/NAME`. */
  contents: z.record(z.string(), z.string()),
  /** Registry credentials by registry host (`registry.example.com:5000`). */
  registries: z.record(z.string(), z.strictObject({ username: z.string(), password: z.string() })),
});
export type DesiredApp = z.infer<typeof desiredAppSchema>;

export const publishedPortSchema = z.object({
  hostIp: z.string(),
  published: z.number().int(),
  target: z.number().int(),
  protocol: z.enum(["tcp", "udp"]),
});
export type PublishedPort = z.infer<typeof publishedPortSchema>;

export const containerStateSchema = z.enum([
  "created",
  "running",
  "paused",
  "restarting",
  "exited",
  "dead",
  "removing",
]);
export type ContainerState = z.infer<typeof containerStateSchema>;

export const healthStateSchema = z.enum(["none", "starting", "healthy", "unhealthy"]);
export type HealthState = z.infer<typeof healthStateSchema>;

export const containerStatusSchema = z.object({
  id: z.string(),
  name: z.string(),
  image: z.string(),
  imageDigest: z.string(),
  state: containerStateSchema,
  health: healthStateSchema,
  exitCode: z.number().int().optional(),
  startedAt: z.string().optional(),
  ports: z.array(publishedPortSchema),
});
export type ContainerStatus = z.infer<typeof containerStatusSchema>;

export const serviceStatusSchema = z.object({
  /**
   * `running`: every wanted container runs, and is healthy where it has a health check. `completed`: all that was to run has ended
   * well, as where none is wanted.
   */
  state: z.enum(["running", "starting", "unhealthy", "completed", "stopped", "absent"]),
  imageDigest: z.string().optional(),
  fingerprint: z.string().optional(),
  ports: z.array(publishedPortSchema),
  containers: z.array(containerStatusSchema),
});
export type ServiceStatus = z.infer<typeof serviceStatusSchema>;

export const appStatusSchema = z.object({
  name: z.string(),
  /** Id of the release that runs, absent before the first one succeeded. */
  release: z.string().optional(),
  services: z.record(z.string(), serviceStatusSchema),
  networks: z.array(z.string()),
  volumes: z.array(z.string()),
});
export type AppStatus = z.infer<typeof appStatusSchema>;
