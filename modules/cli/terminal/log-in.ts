import type { HostConnection } from "../../protocol/host.ts";
import { findProgram } from "../../system/programs.ts";
import type { CommandContext } from "../context.ts";
import { ownSsh } from "./own-ssh.ts";
import { systemSsh } from "./system-ssh.ts";

/** Logs in to a host, or runs a command there: with the system's `ssh` where there is one. Gives the exit code. */
export async function logIn(
  context: CommandContext,
  connection: HostConnection,
  argv: readonly string[],
): Promise<number> {
  // The system's own would need the keys of a jump host in its settings.
  const canBeSystems = process.platform === "linux" && connection.jump === undefined;
  const program = canBeSystems ? await findProgram("ssh", context.io.env) : undefined;
  return program === undefined ? ownSsh(context, connection, argv) : systemSsh(context, { program, connection, argv });
}
