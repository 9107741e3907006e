import { StackhouseError } from "../base/errors.ts";
import type { Step } from "./types.ts";

/** The steps with what each needs before it; otherwise in the order given. Needs that no step meets are met already and dropped. */
export function sortSteps(steps: readonly Step[]): Step[] {
  const byId = new Map(steps.map((step) => [step.id, step]));
  const sorted = new Map<string, Step>();
  const open = new Set<string>();
  const place = (step: Step): void => {
    if (sorted.has(step.id)) return;
    if (open.has(step.id))
      throw new StackhouseError("internal", `the plan has steps that wait for each other: ${step.id}`);
    open.add(step.id);
    const needs = [...new Set(step.needs)].filter((need) => byId.has(need));
    for (const need of needs) {
      const needed = byId.get(need);
      if (needed !== undefined) place(needed);
    }
    open.delete(step.id);
    sorted.set(step.id, { ...step, needs });
  };
  for (const step of steps) place(step);
  return [...sorted.values()];
}
