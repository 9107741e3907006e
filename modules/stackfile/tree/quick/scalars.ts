import { code, isFlowIndicator } from "../characters.ts";
import { scalar, type ScalarNode } from "../node.ts";
import { resolvePlain } from "../scalars.ts";
import { finishLine, isBlank, isMarker, leave, lineEnd, placeOf, type Reader } from "./reader.ts";

/** What no plain scalar begins with. `-`, `?` and `:` may, before something else. */
const indicators = new Set(Array.from(",[]{}#&*!|>'\"%@`", (character) => character.charCodeAt(0)));

/** A plain scalar of one line. In a flow collection the signs of these end it too. */
export function readPlain(reader: Reader, inFlow: boolean): ScalarNode {
  const start = reader.at;
  const end = plainEnd(reader, inFlow);
  reader.at = reader.end = end;
  const text = reader.text.slice(start, end);
  // As a value it is nothing.
  if (text === "<<") leave();
  const { value, go } = resolvePlain(text);
  const place = placeOf(reader, start, end);
  if (go === undefined) return scalar(value, place);
  // A number that is not finite is an error.
  return typeof value === "number" && !Number.isFinite(value) ? leave() : { kind: "scalar", value, go, place };
}

/** Where the plain scalar at the reader ends; spaces behind it are none of it. */
export function plainEnd({ text, at: start }: Reader, inFlow: boolean): number {
  const first = text.charCodeAt(start);
  if (indicators.has(first)) leave();
  const mayBeIndicator = first === code.dash || first === code.question || first === code.colon;
  const second = text.charCodeAt(start + 1);
  if (mayBeIndicator && isBlank(second)) leave();
  if (inFlow && (first === code.colon || isMarker(text, start))) leave();
  let end = start;
  for (let at = start; ; at++) {
    const character = text.charCodeAt(at);
    if (character === code.lineFeed || Number.isNaN(character)) return end;
    if (character === code.tab) leave();
    if (character === code.space) continue;
    if (character === code.hash && text.charCodeAt(at - 1) === code.space) return end;
    if (character === code.colon) {
      const next = text.charCodeAt(at + 1);
      if (inFlow && (next === code.openBracket || next === code.openBrace)) leave();
      if (isBlank(next) || (inFlow && isFlowIndicator(next))) return end;
    } else if (inFlow && isFlowIndicator(character)) return end;
    else if (inFlow && character === code.question && isBlank(text.charCodeAt(at + 1))) leave();
    end = at + 1;
  }
}

export function isQuote(character: number): boolean {
  return character === code.doubleQuote || character === code.singleQuote;
}

/** A quoted scalar of one line. */
export function readQuoted(reader: Reader): ScalarNode {
  const { text, at: start } = reader;
  const double = text.charCodeAt(start) === code.doubleQuote;
  const end = double ? doubleQuoteEnd(text, start + 1) : singleQuoteEnd(text, start + 1);
  const inner = text.slice(start + 1, end);
  const value = double
    ? inner.includes("\\")
      ? unescape(inner)
      : inner
    : inner.includes("'")
      ? inner.replaceAll("''", "'")
      : inner;
  reader.at = reader.end = end + 1;
  return scalar(value, placeOf(reader, start, end + 1));
}

function singleQuoteEnd(text: string, from: number): number {
  for (let at = from; ; at++) {
    const character = text.charCodeAt(at);
    if (character === code.lineFeed || Number.isNaN(character)) leave();
    if (character !== code.singleQuote) continue;
    if (text.charCodeAt(at + 1) !== code.singleQuote) return at;
    at++;
  }
}

function doubleQuoteEnd(text: string, from: number): number {
  for (let at = from; ; at++) {
    const character = text.charCodeAt(at);
    if (character === code.doubleQuote) return at;
    if (character === code.lineFeed || Number.isNaN(character)) leave();
    if (character === code.backslash) at++;
  }
}

/** The escapes that YAML shares with JSON, and that of go-yaml; the others are rare. */
const escapes: Readonly<Record<string, string>> = {
  n: "\n",
  t: "\t",
  r: "\r",
  b: "\b",
  f: "\f",
  "\\": "\\",
  '"': '"',
  "'": "'",
};

/** Escape by escape: the first that is left to the complete parser may be the first of millions. */
function unescape(inner: string): string {
  let text = "";
  let from = 0;
  for (let at = inner.indexOf("\\"); at !== -1; at = inner.indexOf("\\", from)) {
    text += inner.slice(from, at);
    const letter = inner.charAt(at + 1);
    from = at + (letter === "u" ? 6 : 2);
    text += letter === "u" ? characterOf(inner.slice(at + 2, from)) : (escapes[letter] ?? leave());
  }
  return text + inner.slice(from);
}

/** Half a character is none. */
function characterOf(hex: string): string {
  if (!/^[0-9a-fA-F]{4}$/.test(hex) || /^d[89a-f]/i.test(hex)) leave();
  return String.fromCharCode(Number.parseInt(hex, 16));
}

/** A literal (`|`) or folded (`>`) scalar below a parent in column `parent`. */
export function readBlockScalar(reader: Reader, parent: number): ScalarNode {
  const { text, at: start } = reader;
  const folded = text.charCodeAt(reader.at++) === code.greater;
  const strips = text.charCodeAt(reader.at) === code.dash;
  if (strips) reader.at++;
  finishLine(reader);
  const { lines, end } = blockLines(text, reader.at + 1, parent);
  // Lines that are empty or begin further right are not folded.
  if (lines.length === 0 || (folded && lines.some((line) => line === "" || line.startsWith(" ")))) leave();
  reader.at = end;
  reader.end = Math.min(end + 1, text.length);
  const lastBreak = strips || end === text.length ? "" : "\n";
  return scalar(lines.join(folded ? " " : "\n") + lastBreak, placeOf(reader, start, reader.end));
}

/** The lines of a block scalar without their indentation, and where the last one that has text ends. */
function blockLines(text: string, from: number, parent: number): { readonly lines: string[]; readonly end: number } {
  const lines: string[] = [];
  let indent: number | undefined;
  let empty = 0;
  let end = from - 1;
  for (let start = from; start < text.length;) {
    const stop = lineEnd(text, start);
    let at = start;
    while (text.charCodeAt(at) === code.space) at++;
    if (text.charCodeAt(at) === code.tab) leave();
    if (at === stop) {
      // Spaces beyond the indentation are text.
      if (at - start > (indent ?? 0)) leave();
      empty++;
    } else {
      indent ??= at - start;
      if (indent <= parent || at - start < indent) break;
      for (; empty > 0; empty--) lines.push("");
      lines.push(text.slice(start + indent, stop));
      end = stop;
    }
    start = stop + 1;
  }
  return { lines, end };
}
