import { type Finding, printPath } from "../tree/diagnostics.ts";
import { shownKey } from "../tree/within.ts";
import type { At } from "../shapes/at.ts";
import { shapeBelow } from "../shapes/shape.ts";
import type {
  DictionaryShape,
  JsonType,
  Key,
  ListShape,
  MappingShape,
  Pattern,
  Range,
  ScalarShape,
  ScalarType,
  Shape,
} from "../shapes/shape.ts";
import { parseBytes } from "../forms/bytes.ts";
import { parseDuration } from "../forms/duration.ts";
import { canonicalJson } from "../canonical-json.ts";
import { someName } from "../keys/common.ts";
import {
  changeItems,
  changeValues,
  isNull,
  isShown,
  type ListNode,
  type MapNode,
  type Node,
  type Path,
  type Place,
  type ScalarNode,
  shownScalar,
  toValue,
} from "../tree/node.ts";
import { quoteIt } from "../tree/quoting.ts";
import { isUnknown } from "../unknown.ts";
import { meant } from "./meant.ts";
import { expectedOf, found, jsonTypesOf, orList, rangeInWords, type ValueRules } from "./describe.ts";

/**
 * Checks a tree against its shape, short forms included, and reports every misfit. What is left over fits: later stages may
 * take its types for granted. Gives undefined where nothing is left.
 */
export function validate(node: Node, shape: Shape, here: At): Node | undefined {
  if (shape.kind === "free" || shape.unchecked === true) return node;
  if (node.kind === "scalar" && shape.kind !== "scalar") {
    if (!fits(node, shape.or)) return misfit(node, shape, here);
    return isWordOf(shape, node) ? node : misfit(node, shape, here, "invalid-value");
  }
  switch (shape.kind) {
    case "scalar":
      return validateScalar(node, shape, here);
    case "mapping":
      return node.kind === "map" ? validateMapping(node, shape, here) : misfit(node, shape, here);
    case "dictionary":
      if (node.kind === "list" && shape.asList !== undefined) return validateNames(node, here);
      return node.kind === "map" ? validateDictionary(node, shape, here) : misfit(node, shape, here);
    case "list":
      return node.kind === "list" ? validateList(node, shape, here) : misfit(node, shape, here);
    case "hosts":
      return validateHosts(node, shape, here);
  }
}

/** Whether a string may stand in the place of what is none. Of other scalars their type tells. */
function isWordOf({ words }: Shape, { value }: ScalarNode): boolean {
  return words === undefined || typeof value !== "string" || isUnknown(value) || words.includes(value);
}

export function fits(node: ScalarNode, types: readonly JsonType[] = []): boolean {
  return jsonTypesOf(node).some((type) => types.includes(type));
}

function validateScalar(node: Node, shape: ScalarShape, here: At): Node | undefined {
  if (node.kind !== "scalar") return misfit(node, shape, here);
  if (isNull(node) ? shape.or?.includes("null") === true || fits(node, shape.accepts) : isUnknown(node.value))
    return node;
  if (isTemplate(node, shape, here)) return node;
  if (!fits(node, shape.accepts)) return misfit(node, shape, here);
  const problem = valueProblem(node, shape);
  if (problem === undefined) return node;
  here.diagnostics.error(node.place, here.path, {
    code: "invalid-value",
    ...problem,
    message: `${printPath(here.path)} ${problem.message}`,
  });
  return undefined;
}

function isTemplate(node: ScalarNode, { templates }: ScalarShape, { leavesTexts }: At): boolean {
  return templates === true && leavesTexts && fits(node, ["string"]);
}

/** @param type what a string is that the range is about, too */
export function valueProblem(
  node: ScalarNode,
  rules: ValueRules,
  type?: ScalarType,
): Pick<Finding, "message" | "suggestion"> | undefined {
  const value = node.value ?? "";
  const shown = (): string => `not ${found(node)}`;
  if (rules.values !== undefined && !rules.values.includes(String(value))) {
    const suggestion = meant(String(value), rules.values);
    return { message: `must be ${orList(rules.values)}, ${shown()}`, suggestion };
  }
  if (rules.pattern !== undefined && !isOf(rules.pattern, String(value))) {
    const suggestion = meant(String(value), rules.pattern.words ?? []);
    return { message: `must be ${rules.pattern.expected}, ${shown()}`, suggestion };
  }
  const { range = {} } = rules;
  const amount = amountOf(node, type);
  if (amount !== undefined && !isWithin(amount, range)) {
    return { message: `must be ${rangeInWords(range)}, ${shown()}` };
  }
  return undefined;
}

function isOf({ matches, isValue }: Pattern, text: string): boolean {
  return matches.test(text) && isValue?.(text) !== false;
}

function isWithin(amount: number, { min = -Infinity, max = Infinity, or }: Range): boolean {
  const isNoLimit = or !== undefined && (or === "zero" ? amount === 0 : amount <= 0);
  return isNoLimit || (amount >= min && amount <= max);
}

function amountOf({ value, go }: ScalarNode, type: ScalarType | undefined): number | undefined {
  if (typeof value === "number" || go === "int" || go === "uint64") return Number(value);
  if (type === "duration") return parseDuration(String(value));
  const size = type === "bytes" ? parseBytes(String(value)) : undefined;
  return size === undefined ? undefined : Number(size);
}

/** Reports what cannot stand in a place. */
export function misfit(
  node: Node,
  shape: Shape,
  { path, diagnostics }: At,
  code: "wrong-type" | "invalid-value" = "wrong-type",
): Node | undefined {
  diagnostics.error(node.place, path, {
    code,
    message: `${subjectOf(path)} must be ${expectedOf(shape)}, not ${found(node)}`,
    hint: quotingHelps(node, shape) ? quoteIt(node) : spaceHelps(node, shape),
  });
  return undefined;
}

/** A text where a list or a map is to be may be one without a space that makes it one. */
function spaceHelps(node: Node, shape: Shape): string | undefined {
  if (node.kind !== "scalar" || typeof node.value !== "string" || !isShown(node)) return undefined;
  const isMap = shape.kind === "mapping" || shape.kind === "dictionary";
  if (isMap && /^[\w.-]+:\S/.test(node.value)) return "write a space behind the colon of a key";
  return shape.kind === "list" && /^-\S/.test(node.value) ? "write a space behind the dash of each item" : undefined;
}

/** Whether a text stands for a scalar of another kind: in quotes it is one. */
export function quotingHelps(node: Node, shape: Shape): node is ScalarNode {
  return node.kind === "scalar" && node.value !== null && shape.kind === "scalar" && shape.type === "string";
}

function subjectOf(path: Path): string {
  return path.length === 0 ? "a stack file" : printPath(path);
}

function validateMapping(node: MapNode, shape: MappingShape, here: At): Node | undefined {
  const kept = changeValues(node, (value, key) => {
    const below = shapeBelow(shape, key);
    if (below !== undefined) return validate(value, below, here.below(key));
    if (key.startsWith("x-") && shape.closed !== true) return value;
    reportUnknownKey(key, node.entries.get(key)?.keyPlace ?? node.place, shape, here.below(key));
    return shape.open === true ? value : undefined;
  });
  const missing = shape.required?.filter((key) => !node.entries.has(key)) ?? [];
  for (const key of missing) here.diagnostics.missing(node.place, here.path, key);
  return shape.required?.some((key) => !kept.entries.has(key)) === true ? undefined : kept;
}

function reportUnknownKey(key: string, place: Place, shape: MappingShape, here: At): void {
  const suggestion = here.diagnostics.takesGuesses ? meant(key, Object.keys(shape.keys)) : undefined;
  const parent = here.path.slice(0, -1);
  if (shape.open === true) {
    const message = `"${key}" has no effect: ${printPath(parent)} has no such key`;
    here.diagnostics.warning(place, here.path, { code: "no-effect", message, suggestion });
    return;
  }
  const own = shape.closed === true ? undefined : 'keys of your own begin with "x-"';
  here.diagnostics.error(place, here.path, {
    code: "unknown-key",
    message: parent.length === 0 ? `unknown key "${key}"` : `unknown key "${key}" in ${printPath(parent)}`,
    hint: suggestion === undefined ? own : undefined,
    suggestion,
  });
}

function validateDictionary(node: MapNode, shape: DictionaryShape, here: At): Node {
  return changeValues(node, (value, key) => {
    const at = here.below(key);
    if (shape.names === undefined || shape.names.matches.test(key)) return validate(value, shape.of, at);
    const place = node.entries.get(key)?.keyPlace ?? value.place;
    here.diagnostics.error(place, at.path, {
      code: "invalid-value",
      message: `the name "${shownKey(place, key)}" in ${printPath(here.path)} may only have ${shape.names.expected}`,
    });
    return undefined;
  });
}

/** The list form of a dictionary: strings, no two of them the same. */
function validateNames(node: ListNode, here: At): Node {
  const kept = changeItems(node, (item, index) => validate(item, name, here.below(index)));
  reportRepeats(kept.items, here);
  return kept;
}

const name: ScalarShape = { kind: "scalar", type: "string", accepts: ["string"] };

function validateList(node: ListNode, shape: ListShape, here: At): Node {
  const kept = changeItems(node, (item, index) => validate(item, shape.of, here.below(index)));
  if (shape.distinct === true) reportRepeats(node.items, here, shape.of);
  return kept;
}

function reportRepeats(items: readonly Node[], here: At, of: Shape = name): void {
  if (items.length < 2) return;
  const seen = new Set<string>();
  const mixed = of.kind === "mapping" ? Object.keys(of.keys).filter((key) => takesNumbersAndTexts(of.keys[key])) : [];
  items.forEach((item, index) => {
    // What is wrong in itself was told.
    if (here.diagnostics.errorCount > 0 && here.diagnostics.hasErrorAt([...here.path, index])) return;
    const value = toValue(item);
    const text = canonicalJson(value);
    if (seen.has(text)) {
      here.diagnostics.error(item.place, [...here.path, index], {
        code: "duplicate",
        message: `${printPath(here.path)} has ${item.kind === "scalar" ? shownScalar(item) : "this"} twice`,
        hint: "remove one of the two",
      });
    }
    seen.add(text);
    if (item.kind === "map" && mixed.length > 0) seen.add(canonicalJson(withNumbers(value as object, mixed)));
  });
}

function takesNumbersAndTexts(key: Key | undefined): boolean {
  const shape = key?.shape;
  if (shape?.kind !== "scalar" || !shape.accepts.includes("string")) return false;
  return shape.accepts.includes("number") || shape.accepts.includes("integer");
}

const numeral = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;

/** As for docker compose, a number repeats an earlier text that says the same number, and no text repeats an earlier number. */
function withNumbers(value: object, keys: readonly string[]): object {
  const entries = Object.entries(value).map(([key, part]: [string, unknown]) => {
    const isNumeral = typeof part === "string" && keys.includes(key) && numeral.test(part);
    return [key, isNumeral ? Number(part) : part] as const;
  });
  return Object.fromEntries(entries);
}

const addresses: ListShape = {
  kind: "list",
  of: name,
  or: ["string"],
  expected: "an address or a list of addresses",
};

function validateHosts(node: Node, shape: Shape, here: At): Node | undefined {
  const names: DictionaryShape = { kind: "dictionary", of: addresses, asList: "pairs", names: someName };
  return node.kind === "scalar" ? misfit(node, shape, here) : validate(node, names, here);
}
