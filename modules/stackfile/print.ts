import { printYaml } from "./print-yaml.ts";
import { escapeRare } from "./rare-characters.ts";
import { Moment, unmadeList } from "./tree/exact.ts";

export type ModelFormat = "yaml" | "json";

/**
 * Text of a model that is a stack file itself: loading it gives the same model again. Dollar signs of values are doubled for that;
 * those of keys are not, as variables are not put into keys.
 */
export function printModel(model: object, format: ModelFormat): string {
  return printTemplate(doubled(format === "yaml" ? withoutNulls(model) : model) as object, format);
}

/** As docker compose: a command of the image is null in JSON, and is not there in YAML, which says the same. */
function withoutNulls(model: object): object {
  const { services } = model as { readonly services?: Readonly<Record<string, object>> };
  if (services === undefined) return model;
  const said = Object.entries(services).map(([key, service]) => [key, withHooks(withoutNullCommand(service))] as const);
  return { ...model, services: Object.fromEntries(said) };
}

function withHooks(service: object): object {
  const said = (key: string, value: unknown): unknown =>
    hooks.includes(key) && Array.isArray(value) ? value.map(withoutNullCommand) : value;
  return Object.fromEntries(Object.entries(service).map(([key, value]) => [key, said(key, value)]));
}

function withoutNullCommand(from: object): object {
  return Object.fromEntries(Object.entries(from).filter(([key, value]) => value !== null || !ofTheImage.includes(key)));
}

const ofTheImage: readonly string[] = ["command", "entrypoint"];
const hooks: readonly string[] = ["pre_start", "post_start", "pre_stop"];

function doubled(value: unknown): unknown {
  if (typeof value === "string") return value.replaceAll("$", "$$$$");
  if (Array.isArray(value)) return value.map(doubled);
  if (typeof value !== "object" || value === null || value instanceof Moment) return value;
  return Object.fromEntries(Object.entries(value).map(([key, below]) => [key, doubled(below)]));
}

/** As `printModel`, for what was loaded without interpolation: its dollar signs are those of the file. */
export function printTemplate(template: object, format: ModelFormat): string {
  const { name, ...rest } = template as { readonly name?: unknown };
  const ordered = name === undefined ? rest : { name, ...rest };
  return escapeRare(format === "json" ? `${printJson(ordered, "")}\n` : printYaml(ordered));
}

/** JSON as `JSON.stringify` indents it, of whole numbers of any size and of moments, too. */
function printJson(value: unknown, indent: string): string {
  if (typeof value === "bigint") return String(value);
  if (value instanceof Moment) return JSON.stringify(value.text);
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  if (value === unmadeList) return "null";
  const inner = `${indent}  `;
  const parts = Array.isArray(value)
    ? value.map((item) => printJson(item, inner))
    : Object.entries(value).flatMap(([key, below]) =>
        below === undefined ? [] : [`${JSON.stringify(key)}: ${printJson(below, inner)}`],
      );
  const [open, close] = Array.isArray(value) ? ["[", "]"] : ["{", "}"];
  return parts.length === 0
    ? `${open}${close}`
    : `${open}\n${parts.map((part) => `${inner}${part}`).join(",\n")}\n${indent}${close}`;
}
