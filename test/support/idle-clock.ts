import { setTimeout as delay } from "node:timers/promises";
import type { Clock } from "../../modules/base/clock.ts";
import { systemClock } from "../../modules/system/clock.ts";

/** The system's clock, for a world that outlives its test: what sleeps on it keeps no process from ending. */
export const idleClock: Clock = {
  ...systemClock,
  sleep: (ms, signal) => delay(ms, undefined, { ref: false, ...(signal === undefined ? {} : { signal }) }),
};
