import type { Service } from "../../../modules/stackfile/model.ts";
import type { HostConfigBody } from "./body.ts";
import { byteCount } from "./units.ts";

/** `deploy.restart_policy` wins over `restart`. Docker Engine knows no delay and no window. */
export function restartPolicy({ restart, deploy }: Service): HostConfigBody["RestartPolicy"] {
  const policy = deploy?.restart_policy;
  if (policy !== undefined) {
    switch (policy.condition ?? "any") {
      case "none":
        return { Name: "no" };
      case "on-failure":
        return { Name: "on-failure", MaximumRetryCount: policy.max_attempts ?? 0 };
      default:
        return { Name: "always" };
    }
  }
  if (restart === undefined) return undefined;
  const [name = "", retries] = restart.split(":");
  return retries === undefined ? { Name: name } : { Name: name, MaximumRetryCount: Number(retries) };
}

/** `deploy.resources` wins over the keys of the service itself. A reservation of CPUs is for a scheduler: there is none. */
export function resources(service: Service): Pick<
  { [K in keyof HostConfigBody]: HostConfigBody[K] | undefined },
  "Memory" | "MemoryReservation" | "NanoCpus"
> & {
  MemorySwap: number | undefined;
  PidsLimit: number | undefined;
} {
  const { limits, reservations } = service.deploy?.resources ?? {};
  const cpus = limits?.cpus ?? service.cpus;
  return {
    NanoCpus: cpus === undefined ? undefined : Math.round(cpus * 1e9),
    Memory: byteCount(limits?.memory ?? service.mem_limit),
    MemoryReservation: byteCount(reservations?.memory ?? service.mem_reservation),
    MemorySwap: byteCount(service.memswap_limit),
    PidsLimit: limits?.pids ?? service.pids_limit,
  };
}

export function ulimits({ ulimits: wanted }: Service): HostConfigBody["Ulimits"] {
  if (wanted === undefined) return undefined;
  return Object.entries(wanted).map(([name, limit]) =>
    typeof limit === "number"
      ? { Name: name, Soft: limit, Hard: limit }
      : { Name: name, Soft: limit.soft, Hard: limit.hard },
  );
}

export function devices({ devices: wanted }: Service): HostConfigBody["Devices"] {
  return wanted?.map(({ source, target, permissions }) => ({
    PathOnHost: source,
    PathInContainer: target,
    CgroupPermissions: permissions ?? "rwm",
  }));
}

/** The model writes `name=address`, the engine reads `name:address`. */
export function extraHosts({ extra_hosts: hosts }: Service): HostConfigBody["ExtraHosts"] {
  return hosts?.map((entry) => entry.replace(/^([^=:]+)=/, "$1:"));
}

export function logConfig({ logging }: Service): HostConfigBody["LogConfig"] {
  if (logging === undefined) return undefined;
  return { ...(logging.driver === undefined ? {} : { Type: logging.driver }), Config: logging.options ?? {} };
}
