import { externalV1, networkV1, type Part, type Parts, serviceV1, volumeV1 } from "./fingerprint-v1.ts";
import type { Network, Service, Volume } from "./model.ts";
import { own } from "./own.ts";

/**
 * What of a service makes its container what it is, as its fingerprint takes it in: without keys that have no effect, those whose
 * change needs no new container, those of one's own (`x-`), and what says the same as nothing.
 */
export function containerPartsOf(service: Service): Partial<Service> {
  return mapParts(service, serviceV1);
}

/** What of a network makes it what it is. */
export function networkPartsOf(network: Network): Values {
  return mapParts(network, network.external === true ? externalV1 : networkV1);
}

/** What of a volume makes it what it is. */
export function volumePartsOf(volume: Volume): Values {
  return mapParts(volume, volume.external === true ? externalV1 : volumeV1);
}

type Values = Readonly<Record<string, unknown>>;

function mapParts(values: Values, parts: Parts): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(values)
      .map(([name, value]) => [name, partOf(value, own(parts, name))] as const)
      .filter(([, part]) => part !== undefined),
  );
}

/** Undefined for none. */
function partOf(value: unknown, part: Part | undefined): unknown {
  if (value === undefined || value === null) return undefined;
  switch (part?.kind) {
    case "taken":
      return unlessZero(part.meaning(value), part.zero);
    case "map": {
      const meaning = part.meaning(value);
      return unlessZero(isMap(meaning) ? mapParts(meaning, part.keys) : meaning, part.zero);
    }
    case "each":
      return unlessZero(eachPart(value, part.keys, part.meaning), "none");
    case "left":
    case undefined:
      return undefined;
  }
}

function eachPart(value: unknown, keys: Parts, meaning: (item: unknown) => unknown): unknown {
  const partsOf = (item: unknown): unknown => {
    const meant = meaning(item ?? {});
    return isMap(meant) ? mapParts(meant, keys) : meant;
  };
  if (Array.isArray(value)) return value.map(partsOf);
  return isMap(value) ? Object.fromEntries(Object.entries(value).map(([name, item]) => [name, partsOf(item)])) : value;
}

function unlessZero(value: unknown, zero: "none" | "meant"): unknown {
  return zero === "none" && isZero(value) ? undefined : value;
}

function isZero(value: unknown): boolean {
  if (Array.isArray(value)) return value.length === 0;
  return isMap(value) ? Object.keys(value).length === 0 : value === false || value === 0 || value === "";
}

function isMap(value: unknown): value is Values {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
