import type { Check } from "./check.ts";
import type { DraftService } from "../stages/draft.ts";

/** Two keys may give one limit only when they agree. */
export function checkLimits(name: string, service: DraftService, { error, shown }: Check): void {
  for (const [path, value] of [
    [["scale"], service.scale],
    [["deploy", "replicas"], service.deploy?.replicas],
  ] as const) {
    if ((value ?? 0) >= 0) continue;
    const at = ["services", name, ...path];
    error(at, {
      code: "invalid-value",
      message: `services.${name}.${path.join(".")} must be at least 0, not ${shown(at, String(value))}`,
    });
  }
  const { limits, reservations } = service.deploy?.resources ?? {};
  const pairs = [
    ["scale", service.scale, "deploy.replicas", service.deploy?.replicas],
    ["cpus", service.cpus, "deploy.resources.limits.cpus", limits === undefined ? undefined : (limits.cpus ?? 0)],
    ["mem_limit", service.mem_limit, "deploy.resources.limits.memory", limits && (limits.memory ?? 0)],
    [
      "mem_reservation",
      service.mem_reservation,
      "deploy.resources.reservations.memory",
      reservations && (reservations.memory ?? 0),
    ],
    ["pids_limit", service.pids_limit, "deploy.resources.limits.pids", limits && (limits.pids ?? 0)],
  ] as const;
  for (const [key, value, otherKey, other] of pairs) {
    if (value === undefined || other === undefined || String(value) === String(other)) continue;
    const path = ["services", name, key];
    error(path, {
      code: "conflict",
      message: `services.${name} gives "${key}" and "${otherKey}" different values`,
      hint: "keep one of the two",
      from: [path, ["services", name, ...otherKey.split(".").slice(0, other === 0 ? -1 : undefined)]],
    });
  }
  const replicas = service.scale ?? service.deploy?.replicas ?? 1;
  if (service.container_name !== undefined && replicas > 1) {
    error(["services", name, "container_name"], {
      code: "conflict",
      message: `services.${name} has a container_name and ${replicas} replicas, which cannot share one name`,
      hint: "remove container_name",
    });
  }
}
