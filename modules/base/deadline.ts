import type { Clock } from "./clock.ts";

export interface DeadlineCall {
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Longest duration, milliseconds. */
  readonly deadlineMs: number;
}

/**
 * Runs work under a signal that aborts with the caller's signal, or at the deadline with the error that says what was not
 * done in time. The work must end when its signal aborts.
 */
export async function withDeadline<T>(
  call: DeadlineCall,
  onDeadline: () => Error,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  call.signal.throwIfAborted();
  const late = new AbortController();
  const over = new AbortController();
  const timer = call.clock.sleep(call.deadlineMs, over.signal).then(
    () => late.abort(onDeadline()),
    () => undefined, // The work ended first.
  );
  try {
    return await work(AbortSignal.any([call.signal, late.signal]));
  } finally {
    over.abort();
    await timer;
  }
}

/** Settles with the promise, or rejects with the signal's reason when that aborts first. The promise itself goes on. */
export async function unlessAborted<T>(signal: AbortSignal, promise: Promise<T>): Promise<T> {
  let onAbort = (): void => undefined;
  const aborted = new Promise<never>((_, reject) => {
    onAbort = () => reject(signal.reason as Error);
  });
  if (signal.aborted) onAbort();
  else signal.addEventListener("abort", onAbort, { once: true });
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}
