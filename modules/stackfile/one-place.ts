import type { Service } from "./model.ts";
import { networksByPriority } from "./network-order.ts";
import { own } from "./own.ts";

type Values = Readonly<Record<string, unknown>>;

/** A definition of a service in which all that may stand in two places stands in one. */
export function inOnePlace(service: Partial<Service>): Values {
  return withoutDeploy(withoutAddress(service));
}

/** The keys of `inOnePlace` that a key of a service can change. */
export function placesOf(key: string): readonly string[] {
  return own(otherPlaces, key) ?? [key];
}

const otherPlaces: Readonly<Record<string, readonly string[]>> = {
  deploy: ["cpus", "mem_limit", "mem_reservation", "pids_limit", "reservedDevices", "restart"],
  mac_address: ["networks"],
};

/** The address of a service is that of its first network, where that has none of its own. */
function withoutAddress({ mac_address: address, networks, ...rest }: Partial<Service>): Partial<Service> {
  const [first] = networksByPriority(networks);
  if (first === undefined) return rest;
  return { ...rest, networks: { ...networks, [first]: { mac_address: address, ...networks?.[first] } } };
}

/** What `deploy` says, in the keys that say the same without it; it wins over them. */
function withoutDeploy({ deploy, restart, ...service }: Partial<Service>): Values {
  const { limits, reservations } = deploy?.resources ?? {};
  return {
    ...service,
    cpus: limits?.cpus ?? service.cpus,
    mem_limit: limits?.memory ?? service.mem_limit,
    mem_reservation: reservations?.memory ?? service.mem_reservation,
    pids_limit: limits?.pids ?? service.pids_limit,
    reservedDevices: reservations?.devices,
    restart: restartOf(restart, deploy?.restart_policy),
  };
}

type RestartPolicy = NonNullable<Service["deploy"]>["restart_policy"];

/** A policy takes the place of `restart` as a whole, even when it says nothing. Undefined: nothing is started again. */
function restartOf(restart = "", policy: RestartPolicy): object | undefined {
  const [word = "", limit] = restart.split(":");
  const attempts = policy === undefined ? (limit === undefined ? undefined : Number(limit)) : policy.max_attempts;
  const condition = restartCondition(policy === undefined ? word : (policy.condition ?? ""));
  return condition === undefined && attempts === undefined ? undefined : { condition, attempts };
}

/** `restart` and the condition of a policy take each other's words. */
function restartCondition(word: string): string | undefined {
  switch (word) {
    case "":
    case "no":
    case "none":
      return undefined;
    case "always":
      return "any";
    default:
      return word;
  }
}
