import type { Key, MappingShape, Shape } from "./shapes/shape.ts";
import { stateBeside } from "./shapes/shape.ts";
import { service as serviceShape } from "./keys/service.ts";
import type { Service } from "./model.ts";

/**
 * What of a service makes its container what it is, as the key tables have it: without keys that have no effect, those whose
 * change needs no new container (`inPlace`), and those of one's own (`x-`). Where such a key has a default, it has that.
 */
export function containerPartsOf(service: Service): Partial<Service> {
  return mapParts(service, serviceShape);
}

type Values = Readonly<Record<string, unknown>>;

function mapParts(values: Values, shape: MappingShape): Record<string, unknown> {
  const has = (other: string): boolean => values[other] !== undefined;
  return Object.fromEntries(
    Object.entries(values).flatMap(([name, value]) => {
      const key = Object.hasOwn(shape.keys, name) ? shape.keys[name] : undefined;
      if (key === undefined) return name.startsWith("x-") ? [] : [[name, value]];
      if (makesContainer(key, has)) return [[name, parts(value, key.shape)]];
      const usual = shape.defaults?.[name];
      return usual === undefined ? [] : [[name, usual]];
    }),
  );
}

function makesContainer(key: Key, has: (other: string) => boolean): boolean {
  const state = stateBeside(key, has);
  return state.state === "implemented" && state.inPlace !== true;
}

function parts(value: unknown, shape: Shape): unknown {
  switch (shape.kind) {
    case "mapping":
      return isMap(value) ? mapParts(value, shape) : value;
    case "dictionary":
      return isMap(value)
        ? Object.fromEntries(Object.entries(value).map(([name, item]) => [name, parts(item, shape.of)]))
        : value;
    case "list":
      return Array.isArray(value) ? value.map((item) => parts(item, shape.of)) : value;
    case "scalar":
    case "hosts":
    case "free":
      return value;
  }
}

function isMap(value: unknown): value is Values {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
