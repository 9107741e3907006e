import * as z from "zod";
import { agentPaths } from "../protocol/api.ts";
import type { SshCall, SshSession } from "../ssh/types.ts";
import { asRoot } from "./privilege.ts";

/** What a start of the agent left behind. */
export interface StartReport {
  /** The last log lines, oldest first. */
  readonly lines: readonly string[];
  /** False when systemd does not run it and will not by itself. */
  readonly isAlive: boolean;
}

/** $1 unit, $2 systemd's id of a start. The id ends with the process, so a start that ended has another one by now. */
const script = `
systemctl show --property ActiveState --property SubState --property InvocationID -- "$1"
echo
journalctl --sync
journalctl "_SYSTEMD_INVOCATION_ID=$2" + "INVOCATION_ID=$2" --output cat --no-pager --quiet --lines 20`;

/** Asks systemd how a start of the agent goes, with one command. */
export async function reportOfStart(session: SshSession, invocation: string, call: SshCall): Promise<StartReport> {
  const argv = ["sh", "-c", script, "stackhouse-report", agentPaths.unit, invocation];
  const { stdout } = await session.exec(argv, call, asRoot(session.connection));
  const [properties = "", ...log] = stdout.split("\n\n");
  const state = /^ActiveState=(.*)$/m.exec(properties)?.[1];
  const current = /^InvocationID=(.*)$/m.exec(properties)?.[1];
  return {
    isAlive: current === invocation && (state === "active" || state === "activating" || state === "reloading"),
    lines: log
      .join("\n\n")
      .split("\n")
      .filter((line) => line !== "")
      .map(readableLine),
  };
}

const entrySchema = z.object({
  msg: z.string(),
  details: z.array(z.string()).optional(),
  error: z.string().optional(),
});

/** A line of the agent's JSON log as a sentence; any other line as it is. */
export function readableLine(line: string): string {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return line;
  }
  const entry = entrySchema.safeParse(value);
  if (!entry.success) return line;
  const { msg, error, details = [] } = entry.data;
  return [msg, ...(error === undefined ? [] : [error]), ...details].join(": ");
}
