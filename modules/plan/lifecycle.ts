import type { Model, Service } from "../stackfile/model.ts";
import { restartOf } from "./restart.ts";
import type { ObservedContainer } from "./types.ts";

export type Condition = "started" | "healthy" | "completed";

export function conditionOf(condition: NonNullable<Service["depends_on"]>[string]["condition"]): Condition {
  switch (condition) {
    case "service_started":
      return "started";
    case "service_healthy":
      return "healthy";
    case "service_completed_successfully":
      return "completed";
  }
}

/** How the services of a model live, as their definitions and their dependents say. */
export interface Lifecycles {
  /** What a service must reach for `up` to be done with it. */
  readonly gateOf: (service: string) => Condition;
  /**
   * Whether a service does its work once, so that an exit with code 0 is its end and not a fault. It is one when a service waits
   * for its completion, or its restart policy lets it end. Without a policy it is one unless something counts on it to stay.
   */
  readonly isOneShot: (service: string) => boolean;
}

export function lifecyclesOf(model: Model): Lifecycles {
  const awaited = awaitedConditions(model);
  const isOneShot = (name: string): boolean => {
    const service = model.services[name];
    return service !== undefined && endsByItself(service, awaited.get(name) ?? new Set());
  };
  const gateOf = (name: string): Condition => {
    const { test, disable } = model.services[name]?.healthcheck ?? {};
    const hasCheck = test !== undefined && disable !== true && test[0] !== "NONE";
    return hasCheck && !isOneShot(name) ? "healthy" : "started";
  };
  return { gateOf, isOneShot };
}

/** The conditions that the dependents of each service wait for. */
function awaitedConditions(model: Model): ReadonlyMap<string, ReadonlySet<Condition>> {
  const awaited = new Map<string, Set<Condition>>();
  for (const { depends_on: dependencies = {} } of Object.values(model.services)) {
    for (const [name, { condition }] of Object.entries(dependencies)) {
      awaited.set(name, (awaited.get(name) ?? new Set()).add(conditionOf(condition)));
    }
  }
  return awaited;
}

function endsByItself(service: Service, awaited: ReadonlySet<Condition>): boolean {
  if (awaited.has("completed")) return true;
  switch (restartOf(service).name) {
    case "no":
    case "on-failure":
      return true;
    case "":
      return awaited.size === 0 && service.healthcheck === undefined && (service.ports ?? []).length === 0;
    default:
      return false;
  }
}

/** Whether a container as it was observed meets a condition. */
export function meets(container: ObservedContainer, condition: Condition): boolean {
  const isDone = container.state === "exited" && container.exitCode === 0;
  switch (condition) {
    case "started":
      return container.state === "running" || isDone;
    case "healthy":
      return container.state === "running" && container.health === "healthy";
    case "completed":
      return isDone;
  }
}
