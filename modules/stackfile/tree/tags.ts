import { own } from "../own.ts";
import { type Resolved, resolvePlain } from "./scalars.ts";

/** A scalar as the parser has it, with its text as value. */
export interface YamlScalar {
  readonly type?: string | undefined;
  readonly value: unknown;
  readonly tag?: string | undefined;
}

const core = "tag:yaml.org,2002:";
const typedTags: Readonly<Record<string, (resolved: Resolved) => Resolved | undefined>> = {
  int: (resolved) => (typeof resolved.value === "number" && resolved.go === undefined ? resolved : undefined),
  float: ({ value }) => (typeof value === "number" ? { value, go: "float64" } : undefined),
  bool: (resolved) => (typeof resolved.value === "boolean" ? resolved : undefined),
  null: (resolved) => (resolved.value === null ? resolved : undefined),
  timestamp: (resolved) => (resolved.go === "time" ? resolved : undefined),
};

/** Undefined where it does not fit its own tag. */
export function scalarValue({ type, value, tag }: YamlScalar): Resolved | undefined {
  const text = typeof value === "string" ? value : "";
  const typed = tag?.startsWith(core) === true ? own(typedTags, tag.slice(core.length)) : undefined;
  if (typed !== undefined) return typed(resolvePlain(text));
  // Another tag says nothing to Compose, and leaves the text a text; `!override` is no exception.
  if (tag !== undefined) return { value: text };
  return type !== "PLAIN" && type !== undefined ? { value: text } : resolvePlain(text);
}
