import { Budget } from "../budget.ts";
import { type Lookup, substitute, TemplateError } from "./template.ts";

export interface DotenvResult {
  readonly values: ReadonlyMap<string, string>;
  /** Its message has names of variables, and what is written after `:?`, but nothing else of the file: any line may be one of a secret. */
  readonly error?: { readonly line: number; readonly message: string };
  /** Variables that its values use and that have no value, once for each value. */
  readonly unset: readonly UnsetInFile[];
}

interface UnsetInFile {
  /** Where the value begins. */
  readonly line: number;
  readonly name: string;
}

const space = /[\t\v\f\r \u0085\u00a0]*/y;
/** What Go takes for white space. */
const white = "[\\t-\\r \\u0085\\u00a0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000]";
const lineStart = new RegExp(`${white}*`, "y");
const isWhite = new RegExp(white);

function trimEnd(text: string): string {
  let end = text.length;
  while (end > 0 && isWhite.test(text.charAt(end - 1))) end--;
  return text.slice(0, end);
}

const keyCharacters = /[\p{L}\p{N}_.\-[\]\t\v\f\r \u0085\u00a0]*/uy;

/** Where what matches from a position on ends. */
function endOf(pattern: RegExp, text: string, at: number): number {
  pattern.lastIndex = at;
  return at + (pattern.exec(text)?.[0].length ?? 0);
}

export interface DotenvOptions {
  /** Variables of outside: they go before those of the file. */
  readonly lookup: Lookup;
  /** Variables of files that were read before: they come last. */
  readonly earlier?: Lookup;
  /** How many characters env files may still have and put in for variables, where others share in them. */
  readonly room?: Budget | undefined;
  /** What becomes of a value without a name, which no container can be given. Default: it is an error. */
  readonly nameless?: "error" | "kept";
}

/** In characters. A short line names a long file once more, and a short file has variables that double each other. */
export const mostText = 10_000_000;
/** What a variable takes besides its text. */
const perVariable = 40;
export const tooMuch = "variables stand for more text than a project can have";

/**
 * Reads an env file: `K=V`, `K: V`, `export K=V`; unquoted values end at ` #` and expand variables, `'…'` is literal,
 * `"…"` expands and knows the escapes of Go; quoted values may span lines; `K` alone takes the value of `lookup`.
 * Source: compose-go's dotenv package.
 */
export function parseDotenv(
  text: string,
  { lookup, earlier, room = new Budget(mostText), nameless = "error" }: DotenvOptions,
): DotenvResult {
  const source = text.replace(/^\uFEFF/, "");
  const values = new Map<string, string>();
  const unset: Unset[] = [];
  const options = { lookup: (name: string) => lookup(name) ?? values.get(name) ?? earlier?.(name), room };
  const expand = (value: string): string => {
    const names = new Set<string>();
    try {
      return substitute(value, { ...options, onUnset: (name) => names.add(name) });
    } finally {
      for (const name of names) unset.push({ name, at: reader.at });
    }
  };
  const reader: Reader = { source, at: 0, key: "", expand };
  try {
    take(text.length, room);
    while (skipToStatement(reader)) {
      readStatement(reader, values, lookup);
      take(perVariable, room);
    }
    // What docker compose refuses, too, is told first.
    if (nameless === "error" && reader.nameless !== undefined)
      return {
        values,
        error: { line: lineAt(source, reader.nameless), message: noName },
        unset: placed(unset, source),
      };
    return { values, unset: placed(unset, source) };
  } catch (error) {
    const message = messageOf(error, reader.key);
    if (message === undefined) throw error;
    return { values, error: { line: lineAt(source, reader.at), message }, unset: placed(unset, source) };
  }
}

/** A variable without a value, used by the value that begins at an offset. */
interface Unset {
  readonly name: string;
  readonly at: number;
}

/** With their lines, counted once for all: they are in the order of the text. */
function placed(unset: readonly Unset[], source: string): readonly UnsetInFile[] {
  let line = 1;
  let counted = 0;
  return unset.map(({ name, at }) => {
    line += lineAt(source.slice(counted, at), at - counted) - 1;
    counted = at;
    return { line, name };
  });
}

function lineAt(source: string, at: number): number {
  return source.slice(0, at).split("\n").length;
}

function take(characters: number, room: Budget): void {
  if (!room.take(characters)) throw new DotenvError(`up to here, ${tooMuch}`);
}

/** Reads an env file of `format: raw`: `K=V` a line, nothing quoted and nothing expanded. Source: docker/cli, kvfile.go. */
export function parseRawEnv(text: string, { lookup, room = new Budget(mostText) }: DotenvOptions): DotenvResult {
  const values = new Map<string, string>();
  if (!room.take(text.length)) return { values, error: { line: 1, message: `up to here, ${tooMuch}` }, unset: [] };
  const lines = text.replace(/^\uFEFF/, "").split(/\r?\n/);
  for (const [index, untrimmed] of lines.entries()) {
    const line = untrimmed.trimStart();
    if (line === "" || line.startsWith("#")) continue;
    const equals = line.indexOf("=");
    const key = equals === -1 ? line : line.slice(0, equals);
    if (key === "") return { values, error: { line: index + 1, message: noName }, unset: [] };
    if (/[ \t]/.test(key)) {
      return { values, error: { line: index + 1, message: "a variable name contains a space" }, unset: [] };
    }
    const value = equals === -1 ? lookup(key) : line.slice(equals + 1);
    if (value !== undefined) values.set(key, value);
    if (!room.take(perVariable))
      return { values, error: { line: index + 1, message: `up to here, ${tooMuch}` }, unset: [] };
  }
  return { values, unset: [] };
}

interface Reader {
  readonly source: string;
  at: number;
  /** The variable whose value is read; empty before the first. */
  key: string;
  /** Where the first value stands that has no name. */
  nameless?: number;
  readonly expand: (value: string) => string;
}

const noName = "a variable name is missing";

class DotenvError extends Error {}

/** Undefined for an error that is none of the file. */
function messageOf(error: unknown, key: string): string | undefined {
  if (error instanceof DotenvError) return error.message;
  if (!(error instanceof TemplateError)) return undefined;
  switch (error.reason) {
    case "invalid":
      return `the value of ${key} is not a valid template: write $$ for a plain dollar sign, or put it in single quotes`;
    case "required":
      return `the value of ${key}: ${error.message}`;
    case "too-long":
      return `up to the value of ${key}, ${tooMuch}`;
  }
}

function skipToStatement(reader: Reader): boolean {
  const { source } = reader;
  for (;;) {
    reader.at = endOf(lineStart, source, reader.at);
    if (source[reader.at] !== "#") return reader.at < source.length;
    const end = source.indexOf("\n", reader.at);
    reader.at = end === -1 ? source.length : end + 1;
  }
}

function readStatement(reader: Reader, values: Map<string, string>, lookup: Lookup): void {
  const { source } = reader;
  if (/^export[\t\n\f\r ]/.test(source.slice(reader.at, reader.at + 7))) {
    reader.at = endOf(space, source, reader.at + "export".length);
    if (reader.at >= source.length) throw new DotenvError(noName);
  }
  const start = reader.at;
  const end = endOf(keyCharacters, source, start);
  const key = trimEnd(source.slice(start, end));
  const sign = source[end];
  if (sign !== undefined && sign !== "=" && sign !== ":" && sign !== "\n") {
    throw new DotenvError("a variable name may only have letters, digits, '_', '.', '-', '[' and ']'");
  }
  if (key.includes(" ")) throw new DotenvError("a variable name contains a space");
  const isBare = sign === undefined || sign === "\n";
  if (key === "" && !isBare) reader.nameless ??= start;
  reader.at = Math.min(end + 1, source.length);
  if (isBare) {
    const inherited = lookup(key);
    if (inherited !== undefined) values.set(key, inherited);
    return;
  }
  reader.at = endOf(space, source, reader.at);
  reader.key = key;
  values.set(key, readValue(reader));
}

function readValue(reader: Reader): string {
  const quote = reader.source[reader.at];
  return quote === "'" || quote === '"' ? readQuoted(reader, quote) : readUnquoted(reader);
}

function readUnquoted(reader: Reader): string {
  const newline = reader.source.indexOf("\n", reader.at);
  const end = newline === -1 ? reader.source.length : newline;
  const line = reader.source.slice(reader.at, end);
  const comment = line.indexOf(" #");
  const value = reader.expand(trimEnd(comment === -1 ? line : line.slice(0, comment)));
  reader.at = Math.min(end + 1, reader.source.length);
  return value;
}

function readQuoted(reader: Reader, quote: "'" | '"'): string {
  const { source } = reader;
  let raw = "";
  for (let at = reader.at + 1; at < source.length; at++) {
    const character = source.charAt(at);
    if (character === quote) {
      const value = quote === '"' ? reader.expand(unescape(raw)) : raw;
      reader.at = at + 1;
      return value;
    }
    // A backslash protects the quote; every other escape is kept for `unescape`.
    if (character === "\\" && at + 1 < source.length) {
      const next = source.charAt(++at);
      raw += next === quote ? next : `\\${next}`;
    } else raw += character;
  }
  throw new DotenvError(`the value of ${reader.key} begins with ${quote} and does not end with it`);
}

const escapes: Readonly<Record<string, string>> = {
  a: "\x07",
  b: "\b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
  v: "\v",
  "\\": "\\",
  '"': '"',
  // Left for the expansion, where `$$` is a plain `$`.
  $: "$$",
};

/** In Go, an octal escape has no zero in front: the one that is written is taken away before it is known whether it is an escape. */
function unescape(value: string): string {
  return value.replace(/\\(?:([abcfnrtv$"\\])|0(\d{0,3}))/g, (match, letter?: string, digits: string = "") => {
    if (letter !== undefined) return escapes[letter] ?? match;
    const code = /^[0-7]{3}$/.test(digits) ? Number.parseInt(digits, 8) : Infinity;
    return code <= 255 ? String.fromCharCode(code) : `\\${digits}`;
  });
}
