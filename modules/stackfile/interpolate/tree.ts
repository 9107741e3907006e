import { castString } from "../forms/casts.ts";
import { type Finding, printPath, type Warning } from "../tree/diagnostics.ts";
import type { At } from "../shapes/at.ts";
import { type DictionaryShape, itemOf, type ScalarShape, type Shape, shapeBelow } from "../shapes/shape.ts";
import {
  changeItems,
  changeValues,
  type ListNode,
  type Node,
  type Place,
  type ScalarNode,
  shownScalar,
} from "../tree/node.ts";
import { isSecret, written } from "../tree/within.ts";
import { isUnknown, unknownValue } from "../unknown.ts";
import { type Lookup, substitute, TemplateError } from "./template.ts";

/**
 * Puts variables into every string value of a tree, and makes numbers and booleans of the strings where the table says so.
 * Keys stay as they are. What is not known yet and cannot be a string is left out: undefined.
 */
export function interpolate(node: Node, shape: Shape | undefined, lookup: Lookup, at: At): Node | undefined {
  switch (node.kind) {
    case "scalar":
      return interpolateScalar(node, shape, lookup, at);
    case "list": {
      if (shape?.kind === "dictionary") return interpolateInsteadOfMap(node, shape, lookup, at);
      return changeItems(node, (item, index) => interpolate(item, itemOf(shape), lookup, at.below(index)));
    }
    case "map":
      return changeValues(node, (value, key) => interpolate(value, shapeBelow(shape, key), lookup, at.below(key)));
  }
}

/**
 * A list that stands for no map is wrong as a whole, so its items are not told one by one. Where nobody looks at the whole, as at what an extended
 * file has besides, docker compose finds those that are no values of the map.
 */
function interpolateInsteadOfMap(node: ListNode, shape: DictionaryShape, lookup: Lookup, at: At): Node {
  const items = changeItems(node, (item, index) => interpolate(item, undefined, lookup, at.below(index)));
  if (!isCastable(items, shape)) {
    const message = `${printPath(at.path)} must be a map, not a list`;
    at.diagnostics.error(node.place, at.path, { code: "wrong-type", message });
  }
  return items;
}

function isCastable(node: Node, shape: Shape | undefined): boolean {
  switch (node.kind) {
    case "scalar": {
      const cast = castOf(shape);
      if (cast === undefined || typeof node.value !== "string" || node.go !== undefined) return true;
      return isUnknown(node.value) || castString(node.value, cast.type) !== undefined;
    }
    case "list":
      return node.items.every((item) => isCastable(item, itemOf(shape)));
    case "map":
      return [...node.entries].every(([key, { value }]) => isCastable(value, shapeBelow(shape, key)));
  }
}

function interpolateScalar(node: ScalarNode, shape: Shape | undefined, lookup: Lookup, at: At): ScalarNode | undefined {
  if (typeof node.value !== "string" || node.go !== undefined) return node;
  const known = node.value.includes("$") ? substituteIn(node, lookup, at) : node;
  // Its value is not known, and nothing else can be wrong with it.
  if (known === undefined) return placeUnknown({ ...node, value: unknownValue }, shape, at);
  if (isUnknown(known.value)) return placeUnknown(known, shape, at);
  const cast = castOf(shape);
  return cast === undefined ? known : castScalar(known, cast, at);
}

/** What a text of the shape is made a number or a boolean for. */
function castOf(shape: Shape | undefined): ScalarShape | undefined {
  const scalar = shape?.kind === "scalar" ? shape : shape?.kind === "mapping" ? shape.scalar : undefined;
  return scalar?.cast === true ? scalar : undefined;
}

/** Undefined where it has no result, which is reported. */
function substituteIn(node: ScalarNode, lookup: Lookup, at: At): ScalarNode | undefined {
  if (isRefused(node, at)) return undefined;
  const template = String(node.value);
  let uses: ReadonlyMap<string, Place> | undefined;
  const onUnset = (name: string): void => {
    if (at.diagnostics.isFull("warning")) return;
    if (isSecret(node.place)) {
      at.diagnostics.warning(node.place, at.path, unsetInSecret(at));
      return;
    }
    uses ??= usesIn(node.place);
    at.diagnostics.warning(uses.get(name) ?? node.place, at.path, {
      code: "unset-variable",
      message: `the variable ${name} is not set and counts as empty`,
      hint: `set it, give it a default with \${${name}:-default}, or write $$ for a plain dollar sign`,
    });
  };
  try {
    const { textBudget: room } = at.reports;
    const value = substitute(template, { lookup, onUnset, ...(room === undefined ? {} : { room }) });
    return value === template ? node : { ...node, value, template };
  } catch (error) {
    if (!(error instanceof TemplateError)) throw error;
    const { path } = at;
    // Its message has parts of the template.
    const problem = isSecret(node.place) ? "the secret value is a template that has no result" : error.message;
    at.diagnostics.error(node.place, path, {
      ...findings[error.reason],
      message: path.length === 0 ? problem : `${printPath(path)}: ${problem}`,
    });
    return undefined;
  }
}

/** Nobody reads that a template is wrong once more: an anchor stands for it at any number of places, and an error costs more than a value. */
function isRefused({ place }: ScalarNode, { diagnostics }: At): boolean {
  if (diagnostics.errorCount === 0) return false;
  return diagnostics.isFull("error") || Object.values(findings).some(({ code }) => diagnostics.hasTold(place, code));
}

/** A part of a secret must not be shown, also where it looks like the name of a variable. */
function unsetInSecret({ path }: At): Warning {
  return {
    code: "unset-variable",
    message: `${printPath(path)}: the secret value has a variable that is not set and counts as empty`,
    hint: "write $$ for a plain dollar sign",
  };
}

const findings = {
  invalid: {
    code: "interpolation",
    hint: "write ${NAME}, ${NAME:-default} or ${NAME:?message}; a plain dollar sign is $$",
  },
  required: { code: "required-variable", hint: "set it in the environment, in .env or in an env file" },
  "too-long": { code: "interpolation", hint: "use fewer variables, or shorter ones" },
} as const satisfies Record<TemplateError["reason"], Pick<Finding, "code" | "hint">>;

/** A string with an unknown part is unknown as a whole; anything else is left out. */
function placeUnknown(node: ScalarNode, shape: Shape | undefined, at: At): ScalarNode | undefined {
  if (shape === undefined || shape.kind === "free" || shape.kind === "hosts") return node;
  const isText =
    (shape.kind === "scalar" && (shape.type === "string" || shape.type === "text")) ||
    (shape.kind === "list" && shape.or?.includes("string")) ||
    (shape.kind === "mapping" && shape.longForm !== undefined && shape.parsed !== true && shape.or?.includes("string"));
  if (isText === true) return { ...node, value: unknownValue };
  at.leaveOut(node.place);
  return undefined;
}

function castScalar(node: ScalarNode, shape: ScalarShape, at: At): ScalarNode | undefined {
  const cast = castString(String(node.value), shape.type);
  if (cast !== undefined) return { ...node, ...cast };
  at.diagnostics.error(node.place, at.path, {
    code: "wrong-type",
    message: `${printPath(at.path)} must be ${castExpected(shape)}, not "${shownScalar(node)}"`,
  });
  return undefined;
}

function castExpected({ type }: ScalarShape): string {
  return type === "boolean" ? "true or false" : type === "single" ? "a number" : "a whole number";
}

/** Where a text names each variable first: `$NAME`, `${NAME}`, or the beginning of what has an operator. */
function usesIn(place: Place): ReadonlyMap<string, Place> {
  const uses = new Map<string, Place>();
  for (const { 0: text, 1: braced, 2: name = braced, index } of written(place).matchAll(use)) {
    const start = place.start + index;
    if (name !== undefined && !uses.has(name)) uses.set(name, { ...place, start, end: start + text.length });
  }
  return uses;
}

const use = /\$\$|\$(?:\{([_a-zA-Z]\w*)\}?|([_a-zA-Z]\w*))/g;
