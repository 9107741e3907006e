import type { Clock } from "../../modules/base/clock.ts";
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
  call: Call,
  what: string,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  call.signal.throwIfAborted();
  const expired = new AbortController();
  const finished = new AbortController();
  const timer = clock.sleep(call.deadlineMs, finished.signal).then(
    () => expired.abort(new RuntimeError("deadline", `${what} took longer than ${call.deadlineMs / 1000} s`)),
    () => undefined,
  );
  try {
    return await work(AbortSignal.any([call.signal, expired.signal]));
  } catch (error) {
    call.signal.throwIfAborted();
    expired.signal.throwIfAborted();
    throw error;
  } finally {
    finished.abort();
    await timer;
  }
}
