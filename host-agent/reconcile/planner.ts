import type { ObservedApp, Plan } from "../../modules/plan/types.ts";
import type { Desired } from "../execute/context.ts";
import type { DesiredApp } from "../../modules/protocol/app.ts";

/** The pure rooms, as reconciling needs them. */
export interface Planner {
  /** Adds the fingerprints to what is desired. */
  resolve(desired: DesiredApp): Desired;
  apply(desired: Desired, observed: ObservedApp): Plan;
  /** `deleteVolumes`: keys of the volumes to delete; all others stay. */
  remove(app: string, observed: ObservedApp, deleteVolumes: readonly string[]): Plan;
}
