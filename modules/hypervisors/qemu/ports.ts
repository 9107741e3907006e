import type { Duplex } from "node:stream";
import type { Clock } from "../../base/clock.ts";
import type { Runner } from "../../system/exec.ts";
import type { Home } from "../../system/home.ts";
import type { DriverCall } from "../driver.ts";

/** Measured: under a second, emulated; the rest is for busy machines. */
export const identifyDeadlineMs = 60_000;

/** What the driver needs of the world. */
export interface QemuPorts {
  readonly home: Home;
  readonly runner: Runner;
  readonly clock: Clock;
  /** Longest that a clone may take until it says that it has its identity, milliseconds. Default: `identifyDeadlineMs`. */
  readonly identifyMs?: number;
  /** Asks a host agent, at the other end of this connection, what it is asked first. Default: clones that wait are not asked. */
  readonly askAgent?: (agent: Duplex, call: DriverCall) => Promise<void>;
}
