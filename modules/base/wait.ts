import type { Clock } from "./clock.ts";
import { StackhouseError, type ErrorCode } from "./errors.ts";
import type { Progress } from "./progress.ts";

/** What an attempt found: done with a value, or not yet with the reason that the user is shown. */
export type Attempt<T> =
  | { readonly done: true; readonly value: T }
  | {
      readonly done: false;
      readonly reason: string;
      /** Pause before the next one, milliseconds, where it may not come as soon as others. Default: `intervalMs`. */
      readonly pauseMs?: number;
    };

export interface WaitOptions {
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Longest wait, milliseconds. */
  readonly deadlineMs: number;
  /** Pause between attempts, milliseconds. Default 100. */
  readonly intervalMs?: number;
  /** What is waited for, as in `waiting for ssh`. */
  readonly what: string;
  readonly progress: Progress;
  /** Builds the error at the deadline from the last reason. Default: code `deadline`. */
  readonly onDeadline?: (lastReason: string) => StackhouseError | Promise<StackhouseError>;
  readonly code?: ErrorCode;
}

/**
 * Repeats an attempt until it is done, the deadline passes or the signal aborts.
 * An attempt that throws ends the wait with that error: only "not yet" is retried.
 */
export async function waitUntil<T>(attempt: () => Promise<Attempt<T>>, options: WaitOptions): Promise<T> {
  const { clock, signal, what, progress } = options;
  const started = clock.now();
  for (;;) {
    signal.throwIfAborted();
    const outcome = await attempt();
    if (outcome.done) return outcome.value;
    const elapsed = clock.now() - started;
    if (elapsed >= options.deadlineMs) {
      const fallback = (): StackhouseError =>
        new StackhouseError(
          options.code ?? "deadline",
          `gave up waiting for ${what} after ${seconds(elapsed)}: ${outcome.reason}`,
        );
      throw await (options.onDeadline?.(outcome.reason) ?? fallback());
    }
    progress.status(`waiting for ${what} ${elapsedOf(elapsed, options.deadlineMs)} (${outcome.reason})`);
    const pauseMs = outcome.pauseMs ?? options.intervalMs ?? 100;
    await clock.sleep(Math.min(pauseMs, options.deadlineMs - elapsed), signal);
  }
}

/** From then on whoever watches wants to know how long it may take, milliseconds. */
const longMs = 10_000;

/** `4 s`, `12 s of 5 min 00 s`: how long a wait has taken, and where it is long, how long it may. */
export function elapsedOf(elapsedMs: number, deadlineMs: number | undefined): string {
  const isShort = deadlineMs === undefined || elapsedMs < longMs;
  return isShort ? seconds(elapsedMs) : `${seconds(elapsedMs)} of ${seconds(deadlineMs)}`;
}

/** `12 s`, `1 min 04 s`: durations as progress shows them. */
export function seconds(ms: number): string {
  const total = Math.round(ms / 1000);
  if (total < 60) return `${total} s`;
  return `${Math.floor(total / 60)} min ${String(total % 60).padStart(2, "0")} s`;
}
