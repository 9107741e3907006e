import { StackhouseError } from "../../base/errors.ts";
import { seconds } from "../../base/wait.ts";

/** The calls that run now. Cancelling aborts these and leaves the provider usable: the engine cancels before each close too. */
export class InFlight {
  readonly #running = new Set<AbortController>();

  /** Runs one call with a signal that aborts at its deadline or when the engine cancels. */
  async run<T>(what: string, deadlineMs: number, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const controller = new AbortController();
    const timer = setTimeout(() => {
      const hint = "up goes on from here; customTimeouts of the resource give it longer";
      controller.abort(
        new StackhouseError("deadline", `${what} did not finish within ${seconds(deadlineMs)}`, { hint }),
      );
    }, deadlineMs);
    this.#running.add(controller);
    try {
      return await work(controller.signal);
    } finally {
      clearTimeout(timer);
      this.#running.delete(controller);
    }
  }

  cancelAll(): void {
    const reason = new StackhouseError("cancelled", "cancelled", {
      hint: "run up again: it goes on from where this stopped",
    });
    for (const controller of this.#running) controller.abort(reason);
  }
}
