import type { AgentBundle } from "../agent-install/bundle.ts";
import type { Clock } from "../base/clock.ts";
import type { Progress } from "../base/progress.ts";
import type { Driver } from "../hypervisors/driver.ts";
import type { SshPool } from "../ssh/types.ts";
import type { Home } from "../system/home.ts";

export interface BakePorts {
  readonly home: Home;
  /** On `bakingHome`. */
  readonly driver: Driver;
  readonly pool: SshPool;
  readonly clock: Clock;
  readonly bundle: AgentBundle;
}

export interface BakeCall {
  readonly signal: AbortSignal;
  readonly progress: Progress;
}
