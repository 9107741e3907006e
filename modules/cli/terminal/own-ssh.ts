import type { HostConnection } from "../../protocol/host.ts";
import type { CommandContext } from "../context.ts";
import { createSshPool } from "../../ssh/pool.ts";
import { attach, isInteractive, terminalSize } from "./attach.ts";

/** Longest time to reach the host, and longest command without a terminal, milliseconds. */
const connectMs = 15_000;
const commandMs = 24 * 3_600_000;

/** A login without the system's `ssh`. */
export async function ownSsh(
  context: CommandContext,
  connection: HostConnection,
  argv: readonly string[],
): Promise<number> {
  const { io, interrupts } = context;
  const { signal } = interrupts;
  await using pool = createSshPool({ clock: context.clock, agentSocket: context.io.env["SSH_AUTH_SOCK"] });
  using session = await pool.connect(connection, { signal, deadlineMs: connectMs });
  const [line] = argv;
  const command = argv.length === 1 && line !== undefined ? ["sh", "-c", line] : argv;
  if (!isInteractive(io)) {
    const { exitCode } = await session.exec(
      command.length === 0 ? ["sh", "-l"] : command,
      { signal, deadlineMs: commandMs },
      { stdin: io.stdin, into: io },
    );
    return exitCode;
  }
  const shell = await session.shell(
    { term: io.env["TERM"] ?? "xterm", ...terminalSize(io), ...(command.length === 0 ? {} : { command }) },
    { signal },
  );
  const remote = {
    stdin: shell.stream,
    stdout: shell.stream,
    resize: (columns: number, rows: number) => shell.resize(columns, rows),
    exited: shell.exited,
  };
  return await attach(io, remote, "terminal");
}
