import type { JsonType, Pattern, Range, ScalarShape, ScalarType, Shape } from "../shapes/shape.ts";
import { type Node, type ScalarNode, shownScalar } from "../tree/node.ts";

/** As in "must be …". */
const scalarNames: Readonly<Record<ScalarType, string>> = {
  string: "a string",
  text: "a string, a number or a boolean",
  integer: "a whole number",
  unsigned: "a whole number of at least 0",
  single: "a number",
  cpus: "a number",
  boolean: "true or false",
  duration: 'a duration such as "1m30s" or "500ms"',
  mode: 'permissions in octal such as "0440"',
  bytes: 'a size in bytes such as "512m" or "1.5g"',
  count: 'a whole number or "all"',
};

/** Of JSON's types, those that a text may be written in. */
const textNames = [
  ["string", "a string"],
  ["number", "a number"],
  ["boolean", "a boolean"],
] as const;

function nameIn({ accepts }: ScalarShape, [type, name]: (typeof textNames)[number]): readonly string[] {
  return accepts.includes(type) ? [name] : [];
}

/** What a position takes, in words. */
export function expectedOf(shape: Shape): string {
  if (shape.expected !== undefined) return shape.expected;
  switch (shape.kind) {
    case "scalar":
      return shape.type === "text" ? orList(textNames.flatMap((name) => nameIn(shape, name))) : scalarNames[shape.type];
    case "list":
      return "a list";
    case "mapping":
    case "dictionary":
    case "hosts":
    case "free":
      return "a map";
  }
}

/** What a value must be besides its type. */
export interface ValueRules {
  readonly values?: readonly string[];
  readonly pattern?: Pattern;
  readonly range?: Range;
}

/** What a value must be besides its type, in words; undefined where that is all. */
export function rulesInWords({ values, pattern, range }: ValueRules): string | undefined {
  const parts = [values && orList(values), pattern?.expected, range && rangeInWords(range)];
  return parts.find((part) => part !== undefined);
}

export function rangeInWords({ min, max, expected }: Range): string {
  if (expected !== undefined) return expected;
  if (max === undefined) return `at least ${min ?? 0}`;
  return min === undefined ? `at most ${max}` : `between ${min} and ${max}`;
}

export function orList(values: readonly string[]): string {
  return values.length < 2 ? values.join("") : `${values.slice(0, -1).join(", ")} or ${values.at(-1) ?? ""}`;
}

/** What stands there instead, in words. A template is shown and not its value, which may be secret. */
export function found(node: Node): string {
  if (node.kind !== "scalar") return node.kind === "map" ? "a map" : "a list";
  if (node.value === null) return "empty";
  const text = shownScalar(node);
  const shown = text.length > longestFound ? `${text.slice(0, longestFound)}…` : text;
  return typeof node.value === "string" && node.go === undefined ? `"${shown}"` : shown;
}

/** In characters: the rest of a value says no more about what is wrong with it. */
const longestFound = 80;

/** The types that JSON Schema sees in a scalar. A moment is written as a string. */
export function jsonTypesOf({ value, go }: ScalarNode): readonly JsonType[] {
  if (value === null) return types.null;
  if (typeof value === "boolean") return types.boolean;
  if (typeof value === "string") return go === "int" || go === "uint64" ? types.integer : types.string;
  return Number.isInteger(value) ? types.integer : types.number;
}

const types = {
  null: ["null"],
  boolean: ["boolean"],
  string: ["string"],
  integer: ["integer", "number"],
  number: ["number"],
} satisfies Readonly<Record<string, readonly JsonType[]>>;
