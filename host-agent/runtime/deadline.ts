import type { Clock } from "../../modules/base/clock.ts";
import { withDeadline as underDeadline } from "../../modules/base/deadline.ts";
import { RuntimeError } from "./errors.ts";
import type { Call } from "./port.ts";

/**
 * Runs work whose signal aborts when the caller's does or when the deadline passes. The error is then the caller's reason,
 * or a `RuntimeError` of kind `deadline` that names the work, whatever the work itself threw on being aborted.
 *
 * @param what as in `pulling nginx:1.27`.
 */
export async function withDeadline<T>(
  clock: Clock,
  { signal, deadlineMs }: Call,
  what: string,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const late = new RuntimeError("deadline", `${what} took longer than ${deadlineMs / 1000} s`);
  return await underDeadline(
    { clock, signal, deadlineMs },
    () => late,
    async (limited) => {
      try {
        return await work(limited);
      } catch (error) {
        limited.throwIfAborted();
        throw error;
      }
    },
  );
}
