import { own } from "../own.ts";
import { type Resolved, resolvePlain } from "./scalars.ts";

/** A scalar as the parser has it, with its text as value. */
export interface YamlScalar {
  readonly type?: string | undefined;
  readonly value: unknown;
  readonly tag?: string | undefined;
  /** The text, where the parser knows the tag and made something else of it. */
  readonly source?: string | undefined;
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
export function scalarValue({ type, value, tag, source = "" }: YamlScalar): Resolved | undefined {
  const text = typeof value === "string" ? value : source;
  const typed = tag?.startsWith(core) === true ? own(typedTags, tag.slice(core.length)) : undefined;
  if (tag === `${core}binary`) return decodeBinary(text);
  if (typed !== undefined) return typed(resolvePlain(text));
  // Another tag says nothing to Compose, and leaves the text a text; `!override` is no exception.
  if (tag !== undefined) return { value: text };
  return type !== "PLAIN" && type !== undefined ? { value: text } : resolvePlain(text);
}

const base64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

/** The text that stands in base64, in one line or several. */
function decodeBinary(text: string): Resolved | undefined {
  const digits = text.replaceAll(/[\r\n]/g, "");
  if (!base64.test(digits)) return undefined;
  const bytes = Uint8Array.from(atob(digits), (character) => character.charCodeAt(0));
  return { value: new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes) };
}
