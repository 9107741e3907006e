import { type Part, type Parts, serviceV1 } from "./fingerprint-v1.ts";
import type { Service } from "./model.ts";
import { own } from "./own.ts";

/**
 * What of a service makes its container what it is, as its fingerprint takes it in: without keys that have no effect, those whose
 * change needs no new container, and those of one's own (`x-`).
 */
export function containerPartsOf(service: Service): Partial<Service> {
  return mapParts(service, serviceV1);
}

type Values = Readonly<Record<string, unknown>>;

function mapParts(values: Values, parts: Parts): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(values).flatMap(([name, value]) => partOf(value, own(parts, name)).map((part) => [name, part])),
  );
}

/** One value, or none. */
function partOf(value: unknown, part: Part | undefined): readonly unknown[] {
  switch (part?.kind) {
    case "taken":
      return [value];
    case "always":
      return [part.value];
    case "map":
      return [isMap(value) ? mapParts(value, part.keys) : value];
    case "each":
      return [eachPart(value, (item) => (isMap(item) ? mapParts(item, part.keys) : item))];
    case "left":
    case undefined:
      return [];
  }
}

function eachPart(value: unknown, change: (item: unknown) => unknown): unknown {
  if (Array.isArray(value)) return value.map(change);
  return isMap(value) ? Object.fromEntries(Object.entries(value).map(([name, item]) => [name, change(item)])) : value;
}

function isMap(value: unknown): value is Values {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
