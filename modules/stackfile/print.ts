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

/** The value itself where it has no dollar sign. */
function doubled(value: unknown): unknown {
  if (typeof value === "string") return value.includes("$") ? value.replaceAll("$", "$$$$") : value;
  if (Array.isArray(value)) return doubledItems(value);
  if (typeof value !== "object" || value === null || value instanceof Moment) return value;
  return doubledEntries(value);
}

function doubledItems(items: readonly unknown[]): readonly unknown[] {
  let copy: unknown[] | undefined;
  for (const [index, item] of items.entries()) {
    const changed = doubled(item);
    if (changed === item) continue;
    copy ??= [...items];
    copy[index] = changed;
  }
  return copy ?? items;
}

function doubledEntries(map: object): object {
  let copy: Map<string, unknown> | undefined;
  for (const [key, value] of Object.entries(map)) {
    const changed = doubled(value);
    if (changed === value) continue;
    copy ??= new Map(Object.entries(map));
    copy.set(key, changed);
  }
  return copy === undefined ? map : Object.fromEntries(copy);
}

/** As `printModel`, for what was loaded without interpolation: its dollar signs are those of the file. */
export function printTemplate(template: object, format: ModelFormat): string {
  const ordered = withNameFirst(template);
  return escapeRare(format === "json" ? `${printJson(ordered)}\n` : printYaml(ordered));
}

function withNameFirst(template: object): object {
  const { name } = template as { readonly name?: unknown };
  return name === undefined || Object.keys(template)[0] === "name" ? template : { name, ...template };
}

/** JSON as `JSON.stringify` indents it, of whole numbers of any size and of moments, too. */
function printJson(value: object): string {
  const parts: string[] = [];
  writeJson(value, "\n", parts);
  return parts.join("");
}

/** `line`: a line end, and how far the line behind it is indented. */
function writeJson(value: object, line: string, parts: string[]): void {
  const [open, close] = Array.isArray(value) ? ["[", "]"] : ["{", "}"];
  const inner = `${line}  `;
  let before = `${open}${inner}`;
  const write = (name: string, below: unknown): void => {
    const text = inline(below);
    parts.push(`${before}${name}${text ?? ""}`);
    if (text === undefined) writeJson(below as object, inner, parts);
    before = `,${inner}`;
  };
  if (Array.isArray(value)) for (const item of value as readonly unknown[]) write("", item);
  else
    for (const [key, below] of Object.entries(value)) if (below !== undefined) write(`${JSON.stringify(key)}: `, below);
  parts.push(before.startsWith(open) ? `${open}${close}` : `${line}${close}`);
}

/** What is no collection. */
function inline(value: unknown): string | undefined {
  if (typeof value === "bigint") return String(value);
  if (value instanceof Moment) return JSON.stringify(value.text);
  if (value === unmadeList) return "null";
  return typeof value === "object" && value !== null ? undefined : JSON.stringify(value);
}
