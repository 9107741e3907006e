import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex, utf8ToBytes } from "@noble/hashes/utils.js";
import type { Diagnostics } from "../tree/diagnostics.ts";
import type { Reports } from "../shapes/at.ts";
import { joinPath } from "../paths.ts";
import type { Place } from "../tree/node.ts";
import { shownValue } from "../tree/within.ts";
import { Source } from "../tree/source.ts";
import type { LoadInput, LoadPorts } from "../types.ts";
import { unknownValue } from "../unknown.ts";
import { readText, type Unread, unreadFinding, unreadPlace } from "../tree/read-text.ts";
import { type DotenvResult, parseDotenv } from "./dotenv.ts";
import type { Lookup } from "./template.ts";

/** The variables that the files of a project see. */
export interface Variables {
  readonly lookup: Lookup;
  /** The same for the same variables, whichever env files they come from. */
  readonly key: string;
}

interface Reading extends Pick<Reports, "diagnostics" | "textBudget"> {
  readonly ports: LoadPorts;
}

/**
 * The variables of a load: unknown ones, then the caller's, then those of the env files, of which a later one wins. Without
 * env files, `.env` of the project directory is read where it exists.
 */
export function variablesOf(input: LoadInput, projectDirectory: string, reading: Reading): Variables {
  const unknown = new Set(input.unknownVariables);
  const { env } = reading.ports;
  const fromCaller: Lookup = (name) => {
    if (unknown.has(name)) return unknownValue;
    return Object.hasOwn(env, name) ? env[name] : undefined;
  };
  const caller = { lookup: fromCaller, key: "" };
  if (input.envFiles !== undefined)
    return layerVariables(caller, { files: input.envFiles, required: true }, undefined, reading);
  const defaults = input.defaultEnvFiles ?? [joinPath(projectDirectory, ".env")];
  return defaults.reduce<Variables>(
    (above, file) => layerVariables(above, { files: [file], required: false }, undefined, reading),
    caller,
  );
}

/** Variables with those of env files beneath them. `place` is where the files are named; without it they are named outside. */
export function layerVariables(
  above: Variables,
  { files, required }: { readonly files: readonly string[]; readonly required: boolean },
  place: Place | undefined,
  { ports, diagnostics, textBudget: room }: Reading,
): Variables {
  const values = new Map<string, string>();
  for (const file of files) {
    const found = readText(ports, file, place && shownValue(place, file));
    if (found.kind !== "text") {
      if (required || !isPassedOver(found)) reportUnread(found, file, place, diagnostics);
      continue;
    }
    const { text } = found;
    const earlier: Lookup = (name) => values.get(name);
    const read = parseDotenv(text, { lookup: above.lookup, earlier, room, nameless: "kept" });
    reportLines({ file, text, read }, diagnostics);
    for (const [name, value] of read.values) values.set(name, value);
  }
  // What is set above stays as it is.
  const added = [...values].filter(([name]) => above.lookup(name) === undefined);
  if (added.length === 0) return above;
  return { lookup: (name) => above.lookup(name) ?? values.get(name), key: keyBelow(above.key, added) };
}

/** A folder has the name of one that need not be there: a virtual environment of Python, mostly. */
function isPassedOver(found: Unread): boolean {
  return found.kind === "missing" || found.code === "file-is-folder";
}

/** As long as its parts however deep the layers are. */
function keyBelow(above: string, added: readonly (readonly [string, string])[]): string {
  const sorted = added.toSorted(([a], [b]) => (a < b ? -1 : 1));
  return bytesToHex(sha256(utf8ToBytes(JSON.stringify([above, sorted]))));
}

function reportUnread(found: Unread, file: string, place: Place | undefined, diagnostics: Diagnostics): void {
  const message =
    place === undefined ? "the env file does not exist" : `the env file ${shownValue(place, file)} does not exist`;
  // Of those that a file names, `include` does.
  const [where, path] = place === undefined ? [unreadPlace(file, found), []] : [place, ["include"]];
  diagnostics.error(where, path, unreadFinding(found, { message }));
}

/** A file of variables or labels, and what it says. */
export interface VariableFile {
  readonly file: string;
  readonly text: string;
  readonly read: DotenvResult;
  /** It is that of a service, and no variable of the stack file is in it. */
  readonly isApart?: boolean;
}

/** Tells where such a file is broken or uses what is not set: at the beginning of a line, of which nothing is shown. */
export function reportLines(variableFile: VariableFile, diagnostics: Diagnostics): void {
  const { file, text, read, isApart } = variableFile;
  const { error, unset } = read;
  if (error === undefined && (unset.length === 0 || diagnostics.isFull("warning"))) return;
  const source = new Source(file, text, { lines: "of-line-feeds" });
  const beginning = (line: number): Place => {
    const start = source.startOf(line) ?? 0;
    return { source, start, end: start };
  };
  if (error !== undefined) {
    diagnostics.error(beginning(error.line), [], { code: "env-file", message: error.message, isApart });
  }
  for (const { line, name } of unset) {
    diagnostics.warning(beginning(line), [], {
      code: "unset-in-env-file",
      message: `the variable ${name} is not set and counts as empty`,
      hint: `set it, give it a default with \${${name}:-default}, or put a plain dollar sign in single quotes`,
    });
  }
}
