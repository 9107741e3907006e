import type { Diagnostics } from "../diagnostics.ts";
import type { Entry, Node, Path, ScalarNode } from "../tree/node.ts";
import { within } from "../tree/within.ts";
import { type Lookup, substitute, TemplateError } from "./template.ts";

/** Puts variables into every string value of a tree. Keys stay as they are. */
export function interpolate(node: Node, path: Path, lookup: Lookup, diagnostics: Diagnostics): Node {
  switch (node.kind) {
    case "scalar":
      return interpolateScalar(node, path, lookup, diagnostics);
    case "list": {
      const items = node.items.map((item, index) => interpolate(item, [...path, index], lookup, diagnostics));
      return { ...node, items };
    }
    case "map": {
      const entries = new Map<string, Entry>();
      for (const [key, entry] of node.entries) {
        entries.set(key, { ...entry, value: interpolate(entry.value, [...path, key], lookup, diagnostics) });
      }
      return { ...node, entries };
    }
  }
}

function interpolateScalar(node: ScalarNode, path: Path, lookup: Lookup, diagnostics: Diagnostics): ScalarNode {
  const template = node.value;
  if (typeof template !== "string" || !template.includes("$")) return node;
  const onUnset = (name: string): void => {
    diagnostics.warning(within(node.place, useOf(name)), path, {
      code: "unset-variable",
      message: `the variable ${name} is not set and counts as empty`,
      hint: `set it, give it a default with \${${name}:-default}, or write $$ for a plain dollar sign`,
    });
  };
  try {
    const value = substitute(template, { lookup, onUnset });
    return value === template ? node : { ...node, value, template };
  } catch (error) {
    if (!(error instanceof TemplateError)) throw error;
    const isInvalid = error.reason === "invalid";
    diagnostics.error(node.place, path, {
      code: isInvalid ? "interpolation" : "required-variable",
      message: error.message,
      hint: isInvalid
        ? "write ${NAME}, ${NAME:-default} or ${NAME:?message}; a plain dollar sign is $$"
        : "set it in the environment, in .env or in an env file",
    });
    return node;
  }
}

/** A variable as a template names it: `$NAME`, `${NAME}`, or the beginning of what has an operator. */
function useOf(name: string): RegExp {
  return new RegExp(`\\$(?:${name}(?![A-Za-z0-9_])|\\{${name}(?![A-Za-z0-9_])\\}?)`);
}
