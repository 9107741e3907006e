import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex, utf8ToBytes } from "@noble/hashes/utils.js";
import { canonicalJson } from "./canonical-json.ts";
import { containerPartsOf, networkPartsOf, volumePartsOf } from "./container-parts.ts";
import type { Model, Network, Service, Volume } from "./model.ts";
import { networksByPriority } from "./network-order.ts";

/**
 * A fingerprint says whether what runs is what is wanted: `v1:sha256:` and a hash over the parts of the model that make a
 * container, a network or a volume what it is. Which those are, `fingerprint-v1.ts` says by itself, so that no change
 * of the key tables changes a fingerprint. Values are fixed by tests: a change of the rules needs a new version. The
 * agent then re-hashes the stored old model by both (`olderRules`), so that an upgrade of Stackhouse alone never recreates anything.
 */
const fingerprintVersion = "v1";

export interface ServiceFingerprintInput {
  readonly service: Service;
  /** `sha256:…` of each content by `configs/NAME` or `secrets/NAME`; only those that the service uses count. */
  readonly contentDigests: Readonly<Record<string, string>>;
  /** The model's networks and volumes: the runtime names of those that the service uses count. */
  readonly networks?: Readonly<Record<string, Network>> | undefined;
  readonly volumes?: Readonly<Record<string, Volume>> | undefined;
}

/** `v1:sha256:…` of a service. The image's digest is not in it: the planner compares that apart. */
export function fingerprintService(input: ServiceFingerprintInput): string {
  return hash(fingerprintContent(input));
}

/** The fingerprint of one service of a model. */
export function fingerprintOf(
  model: Model,
  service: Service,
  contentDigests: Readonly<Record<string, string>>,
): string {
  return fingerprintService({ service, contentDigests, networks: model.networks, volumes: model.volumes });
}

/** Fingerprints by key of the stack file. */
export interface Fingerprints {
  readonly services: Readonly<Record<string, string>>;
  readonly networks: Readonly<Record<string, string>>;
  readonly volumes: Readonly<Record<string, string>>;
}

/** How the fingerprints of one version are made. */
export interface FingerprintRules {
  readonly of: (model: Model, contentDigests: Readonly<Record<string, string>>) => Fingerprints;
}

/** Rules of earlier versions, whose fingerprints may still be on hosts. A new version leaves its predecessor here. */
export const olderRules: readonly FingerprintRules[] = [];

/** Every fingerprint of a model. */
export function fingerprintsOf(model: Model, contentDigests: Readonly<Record<string, string>>): Fingerprints {
  const each = <T>(values: Readonly<Record<string, T>> | undefined, hashOne: (value: T) => string) =>
    Object.fromEntries(Object.entries(values ?? {}).map(([key, value]) => [key, hashOne(value)]));
  return {
    services: each(model.services, (service) => fingerprintOf(model, service, contentDigests)),
    networks: each(model.networks, fingerprintNetwork),
    volumes: each(model.volumes, fingerprintVolume),
  };
}

/** `v1:sha256:…` of a network. An external one is whatever it is: only its name counts. */
export function fingerprintNetwork(network: Network): string {
  return hash(networkPartsOf(network));
}

/** `v1:sha256:…` of a volume. An external one is whatever it is: only its name counts. */
export function fingerprintVolume(volume: Volume): string {
  return hash(volumePartsOf(volume));
}

/** `sha256:…` of a content, as `contentDigests` has it. */
export function digestOf(content: Uint8Array | string): string {
  return `sha256:${bytesToHex(sha256(typeof content === "string" ? utf8ToBytes(content) : content))}`;
}

function fingerprintContent({ service, contentDigests, networks, volumes }: ServiceFingerprintInput): unknown {
  const used = (kind: "configs" | "secrets"): readonly string[] =>
    (service[kind] ?? []).map(({ source }) => `${kind}/${source}`);
  return {
    ...withoutDeploy(withoutAddress(containerPartsOf(service))),
    contents: [...used("configs"), ...used("secrets")].map((key) => [key, contentDigests[key] ?? null]),
    networkNames: Object.keys(service.networks ?? {})
      .map((key) => [key, networks?.[key]?.name ?? key])
      .toSorted(byFirst),
    volumeNames: (service.volumes ?? []).flatMap(({ type, source }) =>
      type === "volume" && source !== undefined ? [[source, volumes?.[source]?.name ?? source]] : [],
    ),
  };
}

/** The address of a service is that of its first network, where that has none of its own. */
function withoutAddress({ mac_address: address, networks, ...rest }: Partial<Service>): Partial<Service> {
  const [first] = networksByPriority(networks);
  if (first === undefined) return rest;
  return { ...rest, networks: { ...networks, [first]: { mac_address: address, ...networks?.[first] } } };
}

/** What `deploy` says, in the keys that say the same without it; it wins over them. */
function withoutDeploy({ deploy, restart, ...service }: Partial<Service>): object {
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

function byFirst(a: readonly string[], b: readonly string[]): number {
  return (a[0] ?? "") < (b[0] ?? "") ? -1 : 1;
}

function hash(content: unknown): string {
  return `${fingerprintVersion}:${digestOf(canonicalJson(content))}`;
}
