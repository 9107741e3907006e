import { parseArgs } from "node:util";
import * as z from "zod";
import { StackhouseError } from "../modules/base/errors.ts";
import { agentPaths } from "../modules/protocol/api.ts";
import { confirmDeadlineMs } from "../modules/protocol/slots.ts";

/** Three signs of life of half a minute. A client looks for a silent agent for longer, and so finds the one that is started in its place. */
const watchdogMs = 90_000;

const settingsSchema = z.object({
  slot: z.enum(["a", "b"]).default("a"),
  socket: z.string().default(agentPaths.socket),
  state: z.string().default(agentPaths.state),
  install: z.string().default(agentPaths.install),
  "template-mark": z.string().default(agentPaths.templateMark),
  runtime: z.enum(["docker", "fake"]).default("docker"),
  "docker-socket": z.string().default("/var/run/docker.sock"),
  watchdog: z.coerce.number().int().positive().default(watchdogMs),
  "confirm-deadline": z.coerce.number().int().positive().default(confirmDeadlineMs),
});
export type Settings = z.infer<typeof settingsSchema>;

const names = Object.keys(settingsSchema.shape) as (keyof Settings)[];

/** Each setting is a flag (`--docker-socket PATH`) or else a variable (`STACKHOUSE_DOCKER_SOCKET`); both have defaults. */
export function readSettings(argv: readonly string[], env: Readonly<Record<string, string | undefined>>): Settings {
  try {
    const { values } = parseArgs({
      args: [...argv],
      options: Object.fromEntries(names.map((name) => [name, { type: "string" as const }])),
    });
    return settingsSchema.parse(Object.fromEntries(names.map((name) => [name, values[name] ?? env[variableOf(name)]])));
  } catch (cause) {
    const details = cause instanceof z.ZodError ? z.prettifyError(cause).split("\n") : [];
    const message =
      cause instanceof z.ZodError || !(cause instanceof Error) ? "the settings are not valid" : cause.message;
    throw new StackhouseError("input.invalid", message, { details, cause });
  }
}

function variableOf(name: string): string {
  return `STACKHOUSE_${name.toUpperCase().replaceAll("-", "_")}`;
}
