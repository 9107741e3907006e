import type { ObservedApp, Plan } from "../../../plan/types.ts";
import type { DesiredApp } from "../../../protocol/app.ts";

/** The planner of the agent, run here for a host that is not there yet. */
export interface Planner {
  plan(desired: DesiredApp, observed: ObservedApp): Plan;
  /** The plan as a person reads it, one entry a line. */
  explain(plan: Plan): readonly string[];
}

/** A host where nothing of the app is yet. */
export const nothingObserved: ObservedApp = { containers: [], networks: [], volumes: [], images: {} };
