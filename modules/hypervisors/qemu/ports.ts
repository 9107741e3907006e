import type { Clock } from "../../base/clock.ts";
import type { Runner } from "../../system/exec.ts";
import type { Home } from "../../system/home.ts";

/** What the driver needs of the world. */
export interface QemuPorts {
  readonly home: Home;
  readonly runner: Runner;
  readonly clock: Clock;
}
