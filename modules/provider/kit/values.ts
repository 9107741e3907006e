/** Stands where the program has no value yet: an output of something that a preview does not make. */
export const unknownValue: unique symbol = Symbol("unknown");

/** A property as resources see it: JSON, and `unknownValue` in previews. Secret marks are kept apart, as paths. */
export type Value = null | boolean | number | string | typeof unknownValue | readonly Value[] | Properties;

export interface Properties {
  readonly [key: string]: Value | undefined;
}

/** From the top: `["ports", 0, "target"]`. */
export type Path = readonly (string | number)[];

export function isProperties(value: unknown): value is Properties {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export function isList(value: Value | undefined): value is readonly Value[] {
  return Array.isArray(value);
}

/** True where the value is unknown or holds something unknown. */
export function hasUnknown(value: Value | undefined): boolean {
  if (value === unknownValue) return true;
  if (isList(value)) return value.some(hasUnknown);
  if (isProperties(value)) return Object.values(value).some(hasUnknown);
  return false;
}

/** The value at a path, or what stands in its way: the unknown that the path runs into. */
export function valueAt(root: Value | undefined, path: Path): Value | undefined {
  let value = root;
  for (const segment of path) {
    if (value === unknownValue) return value;
    if (isList(value) && typeof segment === "number") value = value[segment];
    else if (isProperties(value)) value = value[segment];
    else return undefined;
  }
  return value;
}

/** The properties whose values are known through and through. */
export function knownOnly(properties: Properties): Properties {
  return Object.fromEntries(Object.entries(properties).filter(([, value]) => !hasUnknown(value)));
}

/** A path in Pulumi's own notation: `ports[0].target`, `labels["a.b"]`. */
export function samePath(a: Path, b: Path): boolean {
  return a.length === b.length && a.every((segment, index) => segment === b[index]);
}

export function formatPath(path: Path): string {
  return path
    .map((segment, index) => {
      if (typeof segment === "number") return `[${segment}]`;
      if (!/^[A-Za-z_$][\w$-]*$/.test(segment)) return `[${JSON.stringify(segment)}]`;
      return index === 0 ? segment : `.${segment}`;
    })
    .join("");
}
