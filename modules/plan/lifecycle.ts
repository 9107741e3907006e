import type { Model, Service } from "../stackfile/model.ts";
import type { ObservedContainer } from "./types.ts";

export type Condition = "started" | "healthy" | "completed";

/** How many containers a service wants. */
export function wantedCount(service: Service): number {
  if (service.deploy?.mode === "global") return 1;
  return service.scale ?? service.deploy?.replicas ?? 1;
}

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

/** What a service must reach for `up` to be done with it. */
export function gateOf(name: string, model: Model): Condition {
  const service = model.services[name];
  const { test, disable } = service?.healthcheck ?? {};
  const hasCheck = test !== undefined && disable !== true && test[0] !== "NONE";
  return hasCheck && !isOneShot(name, model) ? "healthy" : "started";
}

/**
 * Whether a service does its work once, so that an exit with code 0 is its end and not a fault. It is one when a service waits
 * for its completion, or its restart policy lets it end. Without a policy it is one unless something counts on it to stay.
 */
export function isOneShot(name: string, model: Model): boolean {
  const service = model.services[name];
  if (service === undefined) return false;
  const dependents = Object.values(model.services).flatMap((other) => other.depends_on?.[name]?.condition ?? []);
  if (dependents.includes("service_completed_successfully")) return true;
  const policy = service.deploy?.restart_policy?.condition ?? service.restart;
  switch (policy?.replace(/:.*/, "")) {
    case "no":
    case "none":
    case "on-failure":
      return true;
    case undefined:
      return dependents.length === 0 && service.healthcheck === undefined && (service.ports ?? []).length === 0;
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
