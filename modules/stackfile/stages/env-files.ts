import { parseDotenv, parseRawEnv } from "../interpolate/dotenv.ts";
import type { Lookup } from "../interpolate/template.ts";
import { reportBroken } from "../interpolate/variables.ts";
import { joinPath } from "../paths.ts";
import { type Draft, type DraftService, mapServices, type Reporting } from "./draft.ts";

export interface EnvFileContext {
  readonly projectDirectory: string;
  readonly readFile: (path: string) => string | undefined;
  readonly lookup: Lookup;
  readonly at: Reporting;
}

/** Reads the env files of each service into its environment, which wins over them. A later file wins over an earlier one. */
export function resolveEnvFiles(draft: Draft, context: EnvFileContext): Draft {
  return mapServices(draft, (service, key) => {
    const { env_file: files, ...rest } = service;
    if (files === undefined) return rest;
    const environment = { ...readAll(files, key, rest, context), ...rest.environment };
    return { ...rest, environment };
  });
}

function readAll(
  files: NonNullable<DraftService["env_file"]>,
  service: string,
  { environment = {} }: DraftService,
  context: EnvFileContext,
): Record<string, string> {
  const values = new Map<string, string>();
  const lookup: Lookup = (name) => context.lookup(name) ?? environment[name] ?? undefined;
  const earlier: Lookup = (name) => values.get(name);
  files.forEach((file, index) => {
    const path = joinPath(context.projectDirectory, file.path);
    const text = context.readFile(path);
    if (text === undefined) {
      if (file.required !== false) reportMissing(path, ["services", service, "env_file", index], context.at);
      return;
    }
    const { values: read, error } =
      file.format === "raw" ? parseRawEnv(text, lookup) : parseDotenv(text, lookup, earlier);
    if (error !== undefined) reportBroken(path, text, error, context.at.diagnostics);
    for (const [name, value] of read) values.set(name, value);
  });
  return Object.fromEntries(values);
}

function reportMissing(path: string, at: readonly (string | number)[], reporting: Reporting): void {
  reporting.diagnostics.error(reporting.locate(at), at, {
    code: "file-missing",
    message: `the env file ${path} does not exist`,
    hint: "create it, or write it as { path: …, required: false }",
  });
}
