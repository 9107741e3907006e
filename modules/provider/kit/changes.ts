import { isList, isProperties, type Path, type Properties, type Value } from "./values.ts";

export interface Change {
  readonly path: Path;
  readonly kind: "add" | "delete" | "update";
  /** Whether the program changed (`inputs`) or the world did (`state`). */
  readonly of: "inputs" | "state";
  readonly before: Value | undefined;
  readonly after: Value | undefined;
}

/** Every leaf that differs between two sets of inputs. Absent, `undefined` and `null` are the same. */
export function changesOf(before: Properties, after: Properties): readonly Change[] {
  return differences(before, after, []);
}

function differences(before: Value | undefined, after: Value | undefined, path: Path): readonly Change[] {
  const change = { path, of: "inputs", before, after } as const;
  if (isAbsent(before)) return isAbsent(after) ? [] : [{ ...change, kind: "add" }];
  if (isAbsent(after)) return [{ ...change, kind: "delete" }];
  if (isList(before) && isList(after)) {
    const length = Math.max(before.length, after.length);
    return Array.from({ length }, (_, index) => differences(before[index], after[index], [...path, index])).flat();
  }
  if (isProperties(before) && isProperties(after)) {
    const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort();
    return keys.flatMap((key) => differences(before[key], after[key], [...path, key]));
  }
  return before === after && typeof before !== "symbol" ? [] : [{ ...change, kind: "update" }];
}

function isAbsent(value: Value | undefined): value is undefined | null {
  return value === undefined || value === null;
}
