import type { Diagnostics } from "../diagnostics.ts";
import { joinPath } from "../paths.ts";
import { Source } from "../tree/source.ts";
import type { LoadInput, LoadPorts } from "../types.ts";
import { unknownValue } from "../unknown.ts";
import { parseDotenv } from "./dotenv.ts";
import type { Lookup } from "./template.ts";

/**
 * The variables of a load: unknown ones, then the caller's, then those of the env files, of which a later one wins. Without
 * env files, `.env` of the project directory is read where it exists.
 */
export function variablesOf(
  input: LoadInput,
  projectDirectory: string,
  ports: LoadPorts,
  diagnostics: Diagnostics,
): Lookup {
  const unknown = new Set(input.unknownVariables);
  const fromCaller: Lookup = (name) => {
    if (unknown.has(name)) return unknownValue;
    return Object.hasOwn(ports.env, name) ? ports.env[name] : undefined;
  };
  const fromFiles = new Map<string, string>();
  const files = input.envFiles ?? [joinPath(projectDirectory, ".env")];
  for (const file of files) {
    const text = ports.readFile(file);
    if (text === undefined) {
      if (input.envFiles !== undefined) reportMissing(file, diagnostics);
      continue;
    }
    const { values, error } = parseDotenv(text, fromCaller, (name) => fromFiles.get(name));
    if (error !== undefined) reportBroken(file, text, error, diagnostics);
    for (const [name, value] of values) fromFiles.set(name, value);
  }
  return (name) => fromCaller(name) ?? fromFiles.get(name);
}

function reportMissing(file: string, diagnostics: Diagnostics): void {
  diagnostics.error({ source: new Source(file, ""), start: 0, end: 0 }, [], {
    code: "file-missing",
    message: "the env file does not exist",
  });
}

export function reportBroken(
  file: string,
  text: string,
  error: { readonly line: number; readonly message: string },
  diagnostics: Diagnostics,
): void {
  const lines = text.split("\n");
  const start = lines.slice(0, error.line - 1).reduce((offset, line) => offset + line.length + 1, 0);
  const end = start + (lines[error.line - 1] ?? "").length;
  diagnostics.error({ source: new Source(file, text), start, end }, [], { code: "env-file", message: error.message });
}
