import type { Clock } from "../../modules/base/clock.ts";

/** A clock whose sleeps pass at once and move the time. */
export function fakeClock(startMs = 0): Clock {
  let now = startMs;
  return {
    now: () => now,
    sleep: async (ms, signal) => {
      signal?.throwIfAborted();
      now += ms;
      await Promise.resolve();
    },
  };
}
