import { StackhouseError } from "../../modules/base/errors.ts";
import type { Service } from "../../modules/stackfile/model.ts";
import type { Desired, Execution } from "./context.ts";

/** What the plan makes; a plan that removes makes nothing. */
export function desiredOf(execution: Execution): Desired {
  if (execution.desired === undefined)
    throw new StackhouseError("internal", "a plan that removes has a step that makes");
  return execution.desired;
}

/** The desired definition of a service and its fingerprint. */
export function desiredService(
  name: string,
  execution: Execution,
): { readonly definition: Service; readonly fingerprint: string } {
  const { model, fingerprints } = desiredOf(execution);
  return {
    definition: known("service", name, model.services[name]),
    fingerprint: known("service", name, fingerprints.services[name]),
  };
}

/** A part of what is desired that a step names. The planner and the executor have the same model: it is there. */
export function known<T>(kind: "service" | "network" | "volume", key: string, value: T | undefined): T {
  if (value === undefined)
    throw new StackhouseError("internal", `the plan has a ${kind} that the model has not: ${key}`);
  return value;
}

/** Runtime names of networks or volumes by their key in the stack file. */
export function runtimeNames(objects: Readonly<Record<string, { name: string }>> | undefined): Record<string, string> {
  return Object.fromEntries(Object.entries(objects ?? {}).map(([key, { name }]) => [key, name]));
}
