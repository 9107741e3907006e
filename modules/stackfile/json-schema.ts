import type { Key, MappingShape, ScalarShape, ScalarType, Shape } from "./keys/shape.ts";

/** A JSON Schema, as far as it is written here. Source: https://json-schema.org/draft-07/json-schema-validation */
export type JsonSchema = Readonly<Record<string, unknown>>;

/**
 * The JSON Schema of one stack file as it is written: short forms, templates (`${NAME}`) and all. It accepts what the loader accepts, as
 * far as one key can tell; what several keys or files are about only the loader knows.
 */
export function jsonSchemaOf(stackFile: MappingShape): JsonSchema {
  return {
    $schema: "http://json-schema.org/draft-07/schema#",
    title: "Stack file",
    description: "A file of the Compose Specification, as Stackhouse takes it",
    ...schemaOf(stackFile),
  };
}

function schemaOf(shape: Shape): JsonSchema {
  const shortForms = shape.longForm?.reads.map(schemaOf) ?? [];
  return oneOfForms([longSchema(shape), ...shortForms, ...(shape.nullable === true ? [absent] : [])]);
}

const absent: JsonSchema = { type: "null" };

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
      return { type: "array", items: itemSchema(shape) };
    case "dictionary":
      return {
        type: "object",
        additionalProperties: schemaOf(shape.of),
        ...(shape.names === undefined ? {} : { propertyNames: { pattern: shape.names.matches.source } }),
      };
    case "mapping":
      return shape.orScalar === undefined
        ? mappingSchema(shape)
        : oneOfForms([mappingSchema(shape), scalarSchema(shape.orScalar)]);
  }
}

function itemSchema({ of, expand }: Extract<Shape, { kind: "list" }>): JsonSchema {
  return oneOfForms([schemaOf(of), ...(expand?.reads ?? []).map(schemaOf)]);
}

function mappingSchema(shape: MappingShape): JsonSchema {
  return {
    type: "object",
    properties: Object.fromEntries(Object.entries(shape.keys).map(([name, key]) => [name, keySchema(key)])),
    patternProperties: { "^x-": {} },
    additionalProperties: false,
    ...(shape.required === undefined ? {} : { required: shape.required }),
  };
}

function keySchema(key: Key): JsonSchema {
  switch (key.state) {
    case "implemented":
      return schemaOf(key.shape);
    case "accepted":
      return {
        description: `No effect: ${key.note}`,
        ...(key.obsolete === true ? { deprecated: true } : {}),
        ...schemaOf(key.shape),
      };
    case "refused":
      return { description: `Not supported: ${key.reason}`, not: {} };
  }
}

/** What is not a string may be given by a variable, or as a string that reads like it. */
const alsoAsText: Readonly<Record<ScalarType, JsonSchema | undefined>> = {
  string: undefined,
  text: undefined,
  integer: { type: "string", pattern: "^[-+]?[0-9]+$|\\$" },
  number: { type: "string", pattern: "^[-+]?([0-9]+\\.?[0-9]*|\\.[0-9]+)([eE][-+]?[0-9]+)?$|\\$" },
  boolean: {
    type: "string",
    pattern: "^([tT][rR][uU][eE]|[fF][aA][lL][sS][eE]|[yY]([eE][sS])?|[nN][oO]?|[oO][nN]|[oO][fF][fF])$|\\$",
  },
  duration: undefined,
  bytes: { type: "string", pattern: "^-?[0-9]+$|^([0-9]+(\\.[0-9]*)?|\\.[0-9]+) ?([kKmMgGtTpP][iI]?)?[bB]?$|\\$" },
  mode: { type: "string", pattern: "^[0-7]+$|\\$" },
};

const types: Readonly<Record<ScalarType, JsonSchema>> = {
  string: { type: "string" },
  text: { type: ["string", "number", "boolean"] },
  integer: { type: "integer" },
  number: { type: "number" },
  boolean: { type: "boolean" },
  duration: { type: "string", pattern: "^[-+]?(0|(([0-9]+\\.?[0-9]*|\\.[0-9]+)(ns|us|µs|μs|ms|s|m|h|d|w))+)$|\\$" },
  bytes: { type: "integer" },
  mode: { type: "integer", minimum: 0 },
};

function scalarSchema(shape: ScalarShape): JsonSchema {
  const { values, pattern, range } = shape;
  if (values !== undefined) return oneOfForms([{ enum: values }, template]);
  if (pattern !== undefined) return { type: "string", pattern: `(${pattern.matches.source})|\\$` };
  const bounds = {
    ...(range?.min === undefined ? {} : { minimum: range.min }),
    ...(range?.max === undefined ? {} : { maximum: range.max }),
  };
  const also = alsoAsText[shape.type];
  return oneOfForms([{ ...types[shape.type], ...bounds }, ...(also === undefined ? [] : [also])]);
}

const template: JsonSchema = { type: "string", pattern: "\\$" };
