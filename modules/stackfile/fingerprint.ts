import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex, utf8ToBytes } from "@noble/hashes/utils.js";
import { canonicalJson } from "./canonical-json.ts";
import { containerPartsOf, networkPartsOf, volumePartsOf } from "./container-parts.ts";
import type { Model, Network, Service, Volume } from "./model.ts";
import { inOnePlace } from "./one-place.ts";

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
    ...inOnePlace(containerPartsOf(service)),
    contents: [...used("configs"), ...used("secrets")].map((key) => [key, contentDigests[key] ?? null]),
    networkNames: Object.keys(service.networks ?? {})
      .map((key) => [key, networks?.[key]?.name ?? key])
      .toSorted(byFirst),
    volumeNames: (service.volumes ?? []).flatMap(({ type, source }) =>
      type === "volume" && source !== undefined ? [[source, volumes?.[source]?.name ?? source]] : [],
    ),
  };
}

function byFirst(a: readonly string[], b: readonly string[]): number {
  return (a[0] ?? "") < (b[0] ?? "") ? -1 : 1;
}

function hash(content: unknown): string {
  return `${fingerprintVersion}:${digestOf(canonicalJson(content))}`;
}
