import type { Clock } from "../../base/clock.ts";
import type { Runner } from "../../system/exec.ts";
import type { Home } from "../../system/home.ts";

/** Measured: under a second, emulated; the rest is for busy machines. */
export const identifyDeadlineMs = 60_000;

/** What the driver needs of the world. */
export interface QemuPorts {
  readonly home: Home;
  readonly runner: Runner;
  readonly clock: Clock;
  /** Longest that a clone may take until it says that it has its identity, milliseconds. Default: `identifyDeadlineMs`. */
  readonly identifyMs?: number;
}
