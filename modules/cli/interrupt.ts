import { StackhouseError } from "../base/errors.ts";
import { exitCodes } from "./exit-codes.ts";

/** What the user is told when they interrupt. */
export interface InterruptAdvice {
  /** At the first Ctrl-C: what happens now. */
  readonly first: string;
  /** At the second, which leaves at once: how to recover. */
  readonly second: string;
}

export interface Interrupts {
  /** Aborts at the first Ctrl-C, SIGTERM or SIGHUP, with a `cancelled` error. */
  readonly signal: AbortSignal;
  /** Gives the words for as long as the work that they are about runs. */
  advise(advice: InterruptAdvice): Disposable;
}

const quiet: InterruptAdvice = { first: "", second: "" };

/**
 * The first interrupt cancels and waits for the end; the second leaves at once, whatever runs.
 * `say` shows a line to the user.
 */
export function processInterrupts(
  process: NodeJS.Process,
  say: (line: string) => void,
): Interrupts & { cancel(): void } {
  const controller = new AbortController();
  const cancel = (): void => controller.abort(new StackhouseError("cancelled", "cancelled"));
  let advice = quiet;
  let count = 0;
  const onSignal = (): void => {
    count += 1;
    if (count === 1) {
      if (advice.first !== "") say(advice.first);
      cancel();
      return;
    }
    if (advice.second !== "") say(advice.second);
    process.exit(exitCodes.cancelled);
  };
  for (const name of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(name, onSignal);
  return {
    signal: controller.signal,
    cancel,
    advise(next) {
      advice = next;
      return {
        [Symbol.dispose]() {
          advice = quiet;
        },
      };
    },
  };
}
