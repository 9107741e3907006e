import type { Clock } from "../../modules/base/clock.ts";
import { systemClock } from "../../modules/system/clock.ts";

/** The system's clock, so many times as fast: for deadlines of what is real and never comes. */
export function fastClock(times: number): Clock {
  return {
    now: () => systemClock.now() * times,
    sleep: (ms, signal) => systemClock.sleep(ms / times, signal),
  };
}
