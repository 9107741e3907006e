import { Document, isScalar, visit } from "yaml";
import { escapeRare } from "./rare-characters.ts";
import { resolvePlain } from "./tree/scalars.ts";

export type ModelFormat = "yaml" | "json";

/**
 * Text of a model that is a stack file itself: loading it gives the same model again. Dollar signs of values are doubled for that;
 * those of keys are not, as variables are not put into keys.
 */
export function printModel(model: object, format: ModelFormat): string {
  return printTemplate(doubled(model) as object, format);
}

function doubled(value: unknown): unknown {
  if (typeof value === "string") return value.replaceAll("$", "$$$$");
  if (Array.isArray(value)) return value.map(doubled);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, below]) => [key, doubled(below)]));
}

/** As `printModel`, for what was loaded without interpolation: its dollar signs are those of the file. */
export function printTemplate(template: object, format: ModelFormat): string {
  const { name, ...rest } = template as { readonly name?: unknown };
  const ordered = name === undefined ? rest : { name, ...rest };
  return escapeRare(format === "json" ? `${JSON.stringify(ordered, undefined, 2)}\n` : printYaml(ordered));
}

function printYaml(model: object): string {
  const document = new Document(model, { aliasDuplicateObjects: false });
  visit(document, {
    Scalar(_key, node) {
      if (isScalar(node) && typeof node.value === "string" && needsQuotes(node.value)) node.type = "QUOTE_DOUBLE";
    },
  });
  return document.toString({ lineWidth: 0 });
}

/** What is another value without quotes: the printer knows which words YAML 1.2 takes for numbers; those of a stack file are more. */
function needsQuotes(text: string): boolean {
  const { value, go } = resolvePlain(text);
  // A merge key; what a block would lose; control characters and what ends a line in some YAML.
  return (
    value !== text ||
    go !== undefined ||
    text === "<<" ||
    /^\s|[\t\r]|[ \n]\n|\s$|[^\P{Cc}\n]|[\u2028\u2029\ufeff]/u.test(text)
  );
}
