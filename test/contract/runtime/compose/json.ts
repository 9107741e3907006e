import * as z from "zod";

export const jsonSchema = z.json();
export type Json = z.infer<typeof jsonSchema>;
export type JsonMap = Readonly<Record<string, Json>>;

export function isMap(value: Json | undefined): value is { [key: string]: Json } {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A text as it is, anything else as JSON. */
export function textOf(value: Json | undefined): string {
  return typeof value === "string" ? value : JSON.stringify(value ?? null);
}

/** A difference: where, and what either has there. */
export interface Difference {
  readonly path: string;
  readonly ours: Json | undefined;
  readonly theirs: Json | undefined;
}

/** Where two values differ, as deep as both are of one kind. */
export function differences(path: string, ours: Json | undefined, theirs: Json | undefined): readonly Difference[] {
  if (isMap(ours) && isMap(theirs)) {
    const keys = new Set([...Object.keys(ours), ...Object.keys(theirs)]);
    return [...keys].flatMap((key) => differences(`${path}.${key}`, ours[key], theirs[key]));
  }
  if (Array.isArray(ours) && Array.isArray(theirs) && ours.length === theirs.length) {
    return ours.flatMap((item, index) => differences(`${path}[${index}]`, item, theirs[index]));
  }
  return JSON.stringify(ours) === JSON.stringify(theirs) ? [] : [{ path, ours, theirs }];
}

/** The same with each map and list changed, those inside before those around them. */
export function changed(
  value: Json,
  change: (value: Json, key: string) => Json | undefined,
  key = "",
): Json | undefined {
  if (Array.isArray(value)) {
    return change(
      value.flatMap((item) => changed(item, change, "[]") ?? []),
      key,
    );
  }
  if (!isMap(value)) return change(value, key);
  const entries = Object.entries(value).flatMap(([name, item]): [string, Json][] => {
    const kept = changed(item, change, name);
    return kept === undefined ? [] : [[name, kept]];
  });
  return change(Object.fromEntries(entries), key);
}
