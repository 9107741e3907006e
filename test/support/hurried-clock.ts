import type { Clock } from "../../modules/base/clock.ts";

interface Sleeper {
  readonly due: number;
  readonly wake: () => void;
}

/**
 * A clock for a world that is all in memory: as soon as everybody sleeps or waits for ever, it is the time at which the first one wakes. So
 * deadlines pass in their order, and at once.
 */
export function hurriedClock(): Clock {
  let now = 0;
  const sleepers = new Set<Sleeper>();
  let isTicking = false;
  const tick = (): void => {
    if (isTicking) return;
    isTicking = true;
    // After all that can still happen without a clock.
    setImmediate(() => {
      isTicking = false;
      const [first] = [...sleepers].sort((one, other) => one.due - other.due);
      if (first === undefined) return;
      now = Math.max(now, first.due);
      first.wake();
      tick();
    });
  };
  return {
    now: () => now,
    sleep: (ms, signal) =>
      new Promise((resolve, reject) => {
        signal?.throwIfAborted();
        const sleeper = { due: now + ms, wake: () => end(resolve) };
        const onAbort = (): void => end(() => reject(signal?.reason as Error));
        const end = (how: () => void): void => {
          sleepers.delete(sleeper);
          signal?.removeEventListener("abort", onAbort);
          how();
        };
        sleepers.add(sleeper);
        signal?.addEventListener("abort", onAbort, { once: true });
        tick();
      }),
  };
}
