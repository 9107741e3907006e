import type {
  DictionaryShape,
  JsonType,
  Key,
  KeyState,
  MappingShape,
  Range,
  Runs,
  ScalarShape,
  ScalarType,
  Shape,
} from "./shapes/shape.ts";

/** A JSON Schema, as far as it is written here. Source: https://json-schema.org/draft-07/json-schema-validation */
export type JsonSchema = Readonly<Record<string, unknown>>;

/**
 * The JSON Schema of one stack file as it is written: short forms, templates (`${NAME}`) and all. It accepts what the loader accepts, as
 * far as one key can tell; what several keys or files are about only the loader knows.
 */
export function jsonSchemaOf(stackFile: MappingShape): JsonSchema {
  return {
    $schema: "http://json-schema.org/draft-07/schema#",
    $id: "urn:stackhouse:stack-file",
    title: "Stack file",
    description: "A file of the Compose Specification, as Stackhouse takes it",
    ...schemaOf(stackFile),
  };
}

function schemaOf(shape: Shape): JsonSchema {
  const others = shape.or ?? [];
  // A scalar in the place of a map has rules of its own.
  if (shape.kind === "mapping" && shape.scalar !== undefined) {
    return oneOfForms([longSchema(shape), scalarSchema({ ...shape.scalar, accepts: scalarTypes(others) })]);
  }
  const short = shape.words === undefined ? { type: one(others) } : wordSchema(shape.words);
  return oneOfForms([longSchema(shape), ...(others.length === 0 ? [] : [short])]);
}

function scalarTypes(types: readonly JsonType[]): readonly JsonType[] {
  return types.filter((type) => type !== "null");
}

/** One type, or a list of several. */
function one(types: readonly JsonType[]): JsonType | readonly JsonType[] {
  return types.length === 1 && types[0] !== undefined ? types[0] : types;
}

/** Schemas that differ in their type alone are one with several types, which editors explain better. */
function oneOfForms(forms: readonly JsonSchema[]): JsonSchema {
  const [only, ...more] = forms;
  if (only !== undefined && more.length === 0) return only;
  const flat = forms.flatMap((form) =>
    Object.keys(form).length === 1 && Array.isArray(form["anyOf"]) ? (form["anyOf"] as JsonSchema[]) : [form],
  );
  const isType = (form: JsonSchema): boolean => Object.keys(form).length === 1 && form["type"] !== undefined;
  const types = [...new Set(flat.filter(isType).flatMap((form) => form["type"] as string | string[]))];
  const others = flat.filter((form) => !isType(form));
  const merged = types.length === 0 ? [] : [{ type: types.length === 1 ? types[0] : types }];
  const [first, ...rest] = [...others, ...merged];
  return first !== undefined && rest.length === 0 ? first : { anyOf: [...others, ...merged] };
}

function longSchema(shape: Shape): JsonSchema {
  switch (shape.kind) {
    case "free":
      return {};
    case "scalar":
      return scalarSchema(shape);
    case "list":
      return {
        type: "array",
        items: schemaOf(shape.of),
        // Where items have an identity, equal ones are one.
        ...(shape.distinct === true && shape.identity === undefined ? { uniqueItems: true } : {}),
      };
    case "dictionary":
      if (shape.asList === undefined) return dictionarySchema(shape);
      return oneOfForms([dictionarySchema(shape), shape.unique === true ? strings : names]);
    case "hosts":
      return { anyOf: [{ type: "object", additionalProperties: { anyOf: [strings, { type: "string" }] } }, names] };
    case "mapping":
      return mappingSchema(shape);
  }
}

const strings: JsonSchema = { type: "array", items: { type: "string" } };
/** No two of them the same. */
const names: JsonSchema = { ...strings, uniqueItems: true };

function dictionarySchema({ of, names: allowed, runs }: DictionaryShape): JsonSchema {
  const { matches } = runs?.names ?? allowed ?? {};
  return {
    type: "object",
    additionalProperties: schemaOf(of),
    ...(matches === undefined ? {} : { propertyNames: { pattern: sourceOf(matches) } }),
  };
}

/** A pattern as JSON Schema has it, which knows no flags: letters that may be of either case are written as both. */
function sourceOf(pattern: RegExp): string;
function sourceOf(pattern: RegExp | undefined): string | undefined;
function sourceOf(pattern: RegExp | undefined): string | undefined {
  if (pattern?.ignoreCase !== true) return pattern?.source;
  const both = (text: string): string => `${text.toLowerCase()}${text.toUpperCase()}`;
  const ofClass = (text: string): string =>
    text.replace(/\\.|[a-z](?:-[a-z])?/gi, (part) => (part.startsWith("\\") ? part : both(part)));
  return pattern.source.replace(/\\.|\[(?:\\.|[^\]])*\]|[a-z]/gi, (part) => {
    if (part.startsWith("\\")) return part;
    return part.startsWith("[") ? ofClass(part) : `[${both(part)}]`;
  });
}

function mappingSchema(shape: MappingShape): JsonSchema {
  return {
    type: "object",
    properties: Object.fromEntries(Object.entries(shape.keys).map(([name, key]) => [name, keySchema(key)])),
    ...(shape.closed === true ? {} : { patternProperties: { "^x-": {} } }),
    ...(shape.open === true ? {} : { additionalProperties: false }),
    ...(shape.required === undefined ? {} : { required: shape.required }),
  };
}

function keySchema(key: Key): JsonSchema {
  switch (key.state) {
    case "implemented":
      return schemaOf(key.shape);
    case "accepted":
      return {
        description: inWords(key),
        ...(key.obsolete === true ? { deprecated: true } : {}),
        ...schemaOf(key.shape),
      };
    case "refused":
      return { description: inWords(key), not: {} };
    case "depends": {
      // Another file may give the other key, or take it away.
      const description = `Beside "${key.on}": ${inWords(key.beside)}. Without it: ${inWords(key.alone)}`;
      return { description, ...schemaOf(key.shape) };
    }
  }
}

function inWords(state: KeyState): string {
  switch (state.state) {
    case "implemented":
      return "works";
    case "accepted":
      return `No effect: ${state.note}`;
    case "refused":
      return `Not supported: ${state.reason}; ${state.instead}`;
  }
}

const template = "\\$";

/** Without its sign. Without quotes, `1_0` and `0b11` are numbers to Go, and strings to editors. */
const whole = "([0-9][0-9_]*|0[bB][01_]+)";
const number =
  "(0[bB][01_]+|([0-9][0-9_]*\\.?[0-9_]*|\\.[0-9]+)([eE][-+]?[0-9]+)?|0[xX][0-9a-fA-F_]*\\.?[0-9a-fA-F_]*[pP][-+]?[0-9]+)";

/** How a string has to read where something else is meant. A variable may give it. */
const written: Readonly<Record<ScalarType, string | undefined>> = {
  string: undefined,
  text: undefined,
  integer: `^[-+]?${whole}$`,
  unsigned: `^\\+?${whole}$`,
  single: `^[-+]?${number}$`,
  cpus: `^\\+?${number}$`,
  boolean: "^([tT][rR][uU][eE]|[fF][aA][lL][sS][eE]|[yY]([eE][sS])?|[nN][oO]?|[oO][nN]|[oO][fF][fF])$",
  duration: "^[-+]?(0|(([0-9]+\\.?[0-9]*|\\.[0-9]+)(ns|us|µs|μs|ms|s|m|h|d|w))+)$",
  bytes: `^[-+]?[0-9]+$|^\\+?${number} ?([kKmMgGtTpP]([iI]?[bB])?|[bB])?$`,
  mode: "^[0-7]+$",
  count: "^(all|-?[0-9]+)$",
};

/** What is accepted, and of that what Stackhouse runs. */
function scalarSchema({ type, accepts, cast, keepsZero, values, pattern, range, runs }: ScalarShape): JsonSchema {
  const types = cast === true && !accepts.includes("string") ? [...accepts, "string" as const] : accepts;
  const allowed = runs?.values ?? values?.filter((value) => runs?.refused?.[value] === undefined);
  // What is empty says nothing, where it is not kept.
  const mayBeEmpty = runs !== undefined && keepsZero !== true;
  if (allowed !== undefined) return wordSchema(mayBeEmpty ? [...allowed, ""] : allowed);
  const { min, max, or } = { ...(type === "unsigned" ? { min: 0 } : {}), ...range, ...runs?.range };
  const form = sourceOf((runs?.pattern ?? pattern)?.matches) ?? written[type];
  const read =
    form !== undefined && runs?.range !== undefined && (min === 0 || or === "zero") ? `^(?!-)(${form})` : form;
  return {
    type: one(types),
    ...refusedSchema(runs?.refused ?? {}),
    ...(read === undefined || !types.includes("string")
      ? {}
      : { pattern: `(${read})|${template}${mayBeEmpty && runs.pattern !== undefined ? "|^$" : ""}` }),
    ...rangeSchema({ min, max, or }),
  };
}

function wordSchema(words: readonly string[]): JsonSchema {
  return { anyOf: [{ enum: words }, { type: "string", pattern: template }] };
}

/** Of numbers: the loader knows what those are that are written as text. */
function rangeSchema({ min, max, or }: { [K in "min" | "max" | "or"]: Range[K] | undefined }): JsonSchema {
  const bounds = { ...(min === undefined ? {} : { minimum: min }), ...(max === undefined ? {} : { maximum: max }) };
  if (or === undefined) return bounds;
  return { anyOf: [bounds, or === "zero" ? { minimum: 0, maximum: 0 } : { maximum: 0 }] };
}

/** A value with a variable in it may become another one. */
function refusedSchema(refused: NonNullable<Runs["refused"]>): JsonSchema {
  const forms = Object.entries(refused).map(([value, { matches }]): JsonSchema =>
    matches === undefined ? { const: value } : { type: "string", pattern: `^(?!.*${template})(${sourceOf(matches)})` },
  );
  return forms.length === 0 ? {} : { not: forms.length === 1 ? forms[0] : { anyOf: forms } };
}
