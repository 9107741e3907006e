import type { Budget } from "../budget.ts";
import { own } from "../own.ts";
import { type DotenvOptions, type DotenvResult, parseDotenv, parseRawEnv, tooMuch } from "../interpolate/dotenv.ts";
import type { Lookup } from "../interpolate/template.ts";
import { reportLines, type VariableFile } from "../interpolate/variables.ts";
import { joinPath } from "../paths.ts";
import { printPath } from "../tree/diagnostics.ts";
import type { Path } from "../tree/node.ts";
import { shownValue } from "../tree/within.ts";
import type { LoadPorts } from "../types.ts";
import { readText, type TextRead, unreadFinding } from "../tree/read-text.ts";
import { type Draft, type DraftService, type EnvFile, mapServices, type Reporting } from "./draft.ts";

export interface EnvFileContext {
  readonly projectDirectory: string;
  readonly ports: LoadPorts;
  readonly lookup: Lookup;
  readonly at: Reporting;
  /** How many characters the files may still have together. */
  readonly room?: Budget | undefined;
}

interface Context extends EnvFileContext {
  readonly dotenv: Format;
  readonly raw: Format;
}

interface Format {
  readonly parse: (text: string, options: DotenvOptions) => DotenvResult;
  /** What texts say that name no variable, and so say the same to every service. */
  readonly known: Map<string, DotenvResult>;
}

/**
 * Reads the env files of each service into its environment, and its label files into its labels, which win over them. A
 * later file wins over an earlier one. As for Compose, env files are named no longer, and label files still are.
 */
export function resolveFiles(draft: Draft, given: EnvFileContext): Draft {
  const context: Context = {
    ...given,
    dotenv: { parse: parseDotenv, known: new Map() },
    raw: { parse: parseRawEnv, known: new Map() },
  };
  return mapServices(draft, (service, key) => {
    const { env_file: envFiles, ...rest } = service;
    const { label_file: labelFiles } = rest;
    if (envFiles === undefined && labelFiles === undefined) return service;
    return {
      ...rest,
      ...(envFiles === undefined ? {} : environmentOf(envFiles, key, rest, context)),
      ...(labelFiles === undefined ? {} : labelsOf(labelFiles, key, rest, context)),
    };
  });
}

/** What runs has their labels. */
export function withoutLabelFiles(draft: Draft): Draft {
  return mapServices(draft, (service) => {
    if (service.label_file === undefined) return service;
    return Object.fromEntries(Object.entries(service).filter(([key]) => key !== "label_file"));
  });
}

function environmentOf(
  files: readonly EnvFile[],
  service: string,
  { environment = {} }: DraftService,
  context: Context,
): Pick<DraftService, "environment"> {
  const values = new Map<string, string>();
  const lookup: Lookup = (name) => context.lookup(name) ?? own(environment, name) ?? undefined;
  const earlier: Lookup = (name) => values.get(name);
  files.forEach((file, index) => {
    const path = ["services", service, "env_file", index];
    const text = textOf(file.path, path, file.required !== false ? "env file" : undefined, context);
    if (text === undefined || !isFormat(file.format, path, context)) return;
    const format = file.format === "raw" ? context.raw : context.dotenv;
    const read = knownOf(format, text, path, context) ?? parse(format, text, { lookup, earlier, room: context.room });
    take({ file: joinPath(context.projectDirectory, file.path ?? ""), text, read, isApart: true }, values, context);
  });
  const all = { ...Object.fromEntries(values), ...environment };
  return Object.keys(all).length === 0 ? {} : { environment: all };
}

function labelsOf(
  files: readonly string[],
  service: string,
  { labels = {} }: DraftService,
  context: Context,
): Pick<DraftService, "labels"> {
  const values = new Map<string, string>();
  const earlier: Lookup = (name) => values.get(name);
  files.forEach((file, index) => {
    const path = ["services", service, "label_file", index];
    const text = textOf(file, path, "label file", context);
    if (text === undefined) return;
    const format = context.dotenv;
    const read = knownOf(format, text, path, context) ?? parse(format, text, { lookup: earlier, room: context.room });
    take({ file: joinPath(context.projectDirectory, file), text, read, isApart: true }, values, context);
  });
  const all = { ...Object.fromEntries(values), ...labels };
  return Object.keys(all).length === 0 ? {} : { labels: all };
}

/** What a text is known to say. It is in the memory once, but in the model of each service. */
function knownOf({ known }: Format, text: string, path: Path, context: EnvFileContext): DotenvResult | undefined {
  const read = known.get(text);
  if (read === undefined || context.room?.take(text.length + read.values.size) !== false) return read;
  const { diagnostics, locate } = context.at;
  diagnostics.error(locate(path, "value"), path, {
    code: "invalid-value",
    message: `up to services.${String(path[1])}, ${tooMuch}`,
    hint: "let fewer services read this file",
  });
  return { values: new Map(), unset: [] };
}

function parse({ parse: parseText, known }: Format, text: string, options: DotenvOptions): DotenvResult {
  const { lookup, earlier } = options;
  const asked = new Set<string>();
  const asking =
    (given: Lookup): Lookup =>
    (name) => {
      asked.add(name);
      return given(name);
    };
  const read = parseText(text, { ...options, lookup: asking(lookup), ...(earlier && { earlier: asking(earlier) }) });
  if (asked.size === 0) known.set(text, read);
  return read;
}

function take(file: VariableFile, values: Map<string, string>, context: Context): void {
  reportLines(file, context.at.diagnostics);
  for (const [name, value] of file.read.values) values.set(name, value);
}

/** `required` is what the file is called where it must be there. */
function textOf(
  file: string | undefined,
  at: Path,
  required: string | undefined,
  context: EnvFileContext,
): string | undefined {
  // That there were too many has been said.
  if ((context.room?.left ?? 0) < 0) return undefined;
  // An empty path was left out, and is that of no file.
  const path = joinPath(context.projectDirectory, file ?? "");
  const place = context.at.locate([...at, "path"], "value");
  const shown = shownValue(place, path);
  const read: TextRead = file === undefined ? { kind: "missing" } : readText(context.ports, path, shown);
  if (read.kind === "text") return read.text;
  if (read.kind === "missing" && required === undefined) return undefined;
  if (file === undefined) {
    const hint = "name a file, or remove it";
    context.at.diagnostics.error(place, at, {
      code: "file-missing",
      message: `${printPath(at)} is empty`,
      hint,
      from: [at],
    });
    return undefined;
  }
  const missing = {
    message: `${printPath(at)}: the ${required ?? "file"} ${shown} does not exist`,
    hint: required === "env file" ? "create it, or write it as { path: …, required: false }" : "create it",
  };
  context.at.diagnostics.error(place, at, { ...unreadFinding(read, missing), from: [at] });
  return undefined;
}

function isFormat(format: string | undefined, at: Path, { at: reporting }: EnvFileContext): boolean {
  if (format === undefined || format === "raw" || format === ".env") return true;
  reporting.diagnostics.error(reporting.locate(at), at, {
    code: "invalid-value",
    message: `${printPath(at)}.format must be raw, not "${shownValue(reporting.locate([...at, "format"], "value"), format)}"`,
    hint: 'leave it out, or write "raw"',
  });
  return false;
}
