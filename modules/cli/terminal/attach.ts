import type { Readable, Writable } from "node:stream";
import { passOn } from "../../base/backpressure.ts";
import type { CliIo } from "../io.ts";

/** A command elsewhere, as far as this terminal has to do with it. */
export interface RemoteCommand {
  readonly stdin: Writable;
  readonly stdout: Readable;
  readonly stderr?: Readable;
  resize(columns: number, rows: number): void;
  readonly exited: Promise<number>;
}

/** Size of the terminal; 80 x 24 where it does not say. */
export function terminalSize({ stdout }: CliIo): { readonly columns: number; readonly rows: number } {
  return { columns: stdout.columns ?? 80, rows: stdout.rows ?? 24 };
}

/** Whether both ends are a terminal, so that a command can have one too. */
export function isInteractive({ stdin, stdout }: CliIo): boolean {
  return (stdin.isTTY ?? false) && (stdout.isTTY ?? false);
}

/**
 * Connects our streams to a command until it ends, and gives its exit code. With a terminal every key goes to the command,
 * Ctrl-C too, and changes of the size follow.
 */
export async function attach(io: CliIo, remote: RemoteCommand, mode: "terminal" | "pipes"): Promise<number> {
  const { stdin, stdout, stderr } = io;
  const resize = (): void => {
    const { columns, rows } = terminalSize(io);
    remote.resize(columns, rows);
  };
  if (mode === "terminal") {
    stdin.setRawMode?.(true);
    stdout.on("resize", resize);
    resize();
  }
  // A command may end without reading all that it is given.
  remote.stdin.on("error", () => undefined);
  stdin.pipe(remote.stdin);
  const outputs = Promise.all([passOn(remote.stdout, stdout), remote.stderr && passOn(remote.stderr, stderr)]);
  outputs.catch(() => undefined); // One that breaks is told of when the command has ended; how that went comes first.
  try {
    const exitCode = await remote.exited;
    await outputs;
    return exitCode;
  } finally {
    stdin.unpipe(remote.stdin);
    stdin.pause();
    if (mode === "terminal") {
      stdin.setRawMode?.(false);
      stdout.off("resize", resize);
    }
  }
}
