import { own } from "../own.ts";
import type { ScalarSyntax } from "./go-yaml/syntax.ts";
import { type Resolved, resolvePlain } from "./scalars.ts";

const core = "tag:yaml.org,2002:";
export const mergeTag = `${core}merge`;

const typedTags: Readonly<Record<string, (resolved: Resolved) => Resolved | undefined>> = {
  int: (resolved) => (typeof resolved.value === "number" && resolved.go === undefined ? resolved : undefined),
  float: ({ value }) => (typeof value === "number" ? { value, go: "float64" } : undefined),
  bool: (resolved) => (typeof resolved.value === "boolean" ? resolved : undefined),
  null: (resolved) => (resolved.value === null ? resolved : undefined),
  timestamp: (resolved) => (resolved.go === "time" ? resolved : undefined),
};

/** Undefined where it does not fit its own tag. */
export function scalarValue({
  text,
  isPlain,
  tag,
}: Pick<ScalarSyntax, "text" | "isPlain" | "tag">): Resolved | undefined {
  if (tag === undefined) return isPlain ? resolvePlain(text) : { value: text };
  if (tag === `${core}binary`) return decodeBinary(text);
  const typed = tag.startsWith(core) ? own(typedTags, tag.slice(core.length)) : undefined;
  // Another tag says nothing to Compose, and leaves the text a text; `!override` is no exception.
  return typed === undefined ? { value: text } : typed(resolvePlain(text));
}

const base64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

/** The text that stands in base64, in one line or several. */
function decodeBinary(text: string): Resolved | undefined {
  const digits = text.replaceAll(/[\r\n]/g, "");
  if (!base64.test(digits)) return undefined;
  const bytes = Uint8Array.from(atob(digits), (character) => character.charCodeAt(0));
  return { value: new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes) };
}
