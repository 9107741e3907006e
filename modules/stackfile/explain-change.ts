import { canonicalJson } from "./canonical-json.ts";
import type { Service } from "./model.ts";
import { inOnePlace, placesOf } from "./one-place.ts";
import { own } from "./own.ts";

/** Keys whose values may hold secrets or user data: only the names of their entries are shown. */
const private_ = ["environment", "labels", "annotations", "command", "entrypoint", "healthcheck", "logging"];

/** What differs between two definitions of a service, one line a change, without what has only another place; values that may be secret are never shown. */
export function explainChange(before: Partial<Service>, after: Partial<Service>): readonly string[] {
  const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])].toSorted();
  const [meantBefore, meantAfter] = [inOnePlace(before), inOnePlace(after)];
  return keys
    .filter((key) => !key.startsWith("x-") && isOther(before, after, key))
    .filter((key) => placesOf(key).some((place) => isOther(meantBefore, meantAfter, place)))
    .flatMap((key) => explainKey(key, before[key] ?? undefined, after[key] ?? undefined));
}

function isOther(before: Values, after: Values, key: string): boolean {
  return canonicalJson(before[key] ?? null) !== canonicalJson(after[key] ?? null);
}

function explainKey(key: string, before: unknown, after: unknown): readonly string[] {
  if (isMap(before) || isMap(after)) return explainEntries(key, isMap(before) ? before : {}, isMap(after) ? after : {});
  if (isShown(key, before) && isShown(key, after)) return [`${key} ${print(before)} -> ${print(after)}`];
  return [`${key} ${verb(before !== undefined, after !== undefined)}`];
}

function explainEntries(key: string, before: Values, after: Values): readonly string[] {
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])].toSorted();
  return names
    .filter(
      (name) =>
        canonicalJson(own(before, name)) !== canonicalJson(own(after, name)) ||
        Object.hasOwn(before, name) !== Object.hasOwn(after, name),
    )
    .map((name) => `${key}.${name} ${verb(Object.hasOwn(before, name), Object.hasOwn(after, name))}`);
}

function verb(was: boolean, is: boolean): string {
  if (!was) return "added";
  return is ? "changed" : "removed";
}

function isShown(key: string, value: unknown): boolean {
  if (private_.includes(key)) return false;
  return value === undefined || typeof value === "string" || typeof value === "number" || typeof value === "boolean";
}

function print(value: unknown): string {
  if (value === undefined) return "(none)";
  return typeof value === "string" ? value : JSON.stringify(value);
}

type Values = Readonly<Record<string, unknown>>;

function isMap(value: unknown): value is Values {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
