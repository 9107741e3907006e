import type { Clock } from "../../../base/clock.ts";
import type { VmStage, VmStart } from "../../driver.ts";

/** Times the stages of a start, one after the other. */
export interface Stages {
  /** Notes that a stage is over; the next one begins. */
  over(stage: VmStage["stage"]): void;
  took(): Pick<VmStart, "tookMs" | "stages">;
}

export function timeStages(clock: Clock): Stages {
  const began = clock.now();
  let since = began;
  const stages: VmStage[] = [];
  return {
    over(stage) {
      const now = clock.now();
      stages.push({ stage, tookMs: now - since });
      since = now;
    },
    took: () => ({ tookMs: since - began, stages: [...stages] }),
  };
}
