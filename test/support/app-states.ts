import { digestOf } from "../../modules/stackfile/fingerprint.ts";
import { planApply } from "../../modules/plan/apply.ts";
import { applyPlan } from "./simulate.ts";
import type { DesiredState, ObservedApp, ObservedContainer, Plan, PlanPolicy } from "../../modules/plan/types.ts";
import { loadModel } from "./stack-files.ts";

export const nothing: ObservedApp = { containers: [], networks: [], volumes: [], anonymousVolumes: [], images: {} };

/** What a stack file asks for; contents by `configs/NAME` or `secrets/NAME`. The app is called `shop`. */
export function desired(text: string, contents: Readonly<Record<string, string>> = {}): DesiredState {
  const model = loadModel({ files: { "compose.yaml": text }, input: { name: "shop" } });
  const digests = Object.entries(contents).map(([key, content]) => [key, digestOf(content)]);
  return { model, contentDigests: Object.fromEntries(digests) as Record<string, string> };
}

/** The same from data instead of text. */
export function desiredFrom(inline: Readonly<Record<string, unknown>>): DesiredState {
  const model = loadModel({ files: {}, input: { inline, name: "shop", projectDirectory: "/shop" } });
  return { model, contentDigests: {} };
}

/** A host on which a stack file was applied and everything went well. */
export function running(text: string, contents: Readonly<Record<string, string>> = {}): ObservedApp {
  const state = desired(text, contents);
  return applyPlan(nothing, planApply(state, nothing), state);
}

/** The same host with one container changed. */
export function withContainer(app: ObservedApp, name: string, change: Partial<ObservedContainer>): ObservedApp {
  if (!app.containers.some((container) => container.name === name)) throw new Error(`no container ${name}`);
  const containers = app.containers.map((one) => (one.name === name ? { ...one, ...change } : one));
  return { ...app, containers };
}

/** A plan as text, a step a line: what it is, and what it needs. */
export function steps(plan: Plan): readonly string[] {
  return plan.steps.map(({ id, needs }) => (needs.length === 0 ? id : `${id} <- ${needs.join(", ")}`));
}

export interface Change {
  readonly from: string;
  readonly to: string;
}

/** The plan from one stack file to the next on a host where the first one runs. */
export function planChange({ from, to }: Change, policy?: PlanPolicy): Plan {
  return planApply(desired(to), running(from), policy ?? { previous: desired(from) });
}
