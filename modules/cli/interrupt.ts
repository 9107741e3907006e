import { isatty } from "node:tty";
import { StackhouseError } from "../base/errors.ts";
import { exitCodes } from "./exit-codes.ts";

/** How the user's interrupts (Ctrl-C, SIGTERM, SIGHUP) reach the work. */
export interface Interrupts {
  /** Aborts at the first: end cleanly. Its reason is a `cancelled` error. */
  readonly signal: AbortSignal;
  /** Aborts at the second: leave at once. */
  readonly killSignal: AbortSignal;
}

/** Work that is told to leave at once and does not is left behind after this. */
const leaveMs = 2_000;

/** Interrupts of this process. A third one, or work that does not end after the second, ends the process as it is. */
export function processInterrupts(process: NodeJS.Process): Interrupts & { cancel(): void } {
  const cancelled = new AbortController();
  const killed = new AbortController();
  const reason = (): StackhouseError => new StackhouseError("cancelled", "cancelled");
  const leave = (): never => process.exit(exitCodes.cancelled);
  const interrupt = (): void => {
    if (!cancelled.signal.aborted) cancelled.abort(reason());
    else if (killed.signal.aborted) leave();
    else {
      killed.abort(reason());
      setTimeout(leave, leaveMs).unref();
    }
  };
  for (const name of ["SIGINT", "SIGTERM"] as const) process.on(name, interrupt);
  process.on("SIGHUP", hasTerminal() ? interrupt : () => undefined);
  return {
    signal: cancelled.signal,
    killSignal: killed.signal,
    cancel: () => cancelled.abort(reason()),
  };
}

/**
 * Whether anything of this process goes through a terminal, so that its end is the user's leaving. `nohup` takes the terminal from all
 * three; that it has SIGHUP ignored besides cannot be seen, for Node undoes it as it starts.
 */
function hasTerminal(): boolean {
  return [0, 1, 2].some((descriptor) => isatty(descriptor));
}
