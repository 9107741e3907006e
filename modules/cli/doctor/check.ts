import type { Clock } from "../../base/clock.ts";
import type { Runner } from "../../system/exec.ts";
import type { Home } from "../../system/home.ts";

/** The machine as checks look at it. */
export interface Machine {
  readonly home: Home;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly runner: Runner;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/** What a check found. `warning`: it works, but something is worse than it could be. */
export interface Finding {
  readonly status: "passed" | "warning" | "failed";
  /** What was found, as `node 24.21.0`. */
  readonly found: string;
  /** What to do; there for everything but `passed`. */
  readonly fix?: string;
}

/** One prerequisite. Looking changes nothing. */
export interface Check {
  readonly name: string;
  /** `local`: only VMs on this workstation need it. */
  readonly neededFor: "everything" | "local";
  look(machine: Machine): Promise<Finding>;
}

export interface CheckResult extends Finding {
  readonly name: string;
}
