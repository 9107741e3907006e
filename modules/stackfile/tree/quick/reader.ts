import { code } from "../characters.ts";
import { mostValues } from "../limits.ts";
import type { Node, Place } from "../node.ts";
import type { Source } from "../source.ts";

/** Thrown inside this folder only: something is left to the complete parser, a mistake perhaps. */
export class LeftToComplete extends Error {}

export function leave(): never {
  throw new LeftToComplete();
}

/** The state of reading: a position in the text, and what was named so far. */
export interface Reader {
  readonly source: Source;
  readonly text: string;
  at: number;
  /** Column of the text at `at`, where the reader has looked for the next line already; -1 at the end of a document. */
  pending: number | undefined;
  /** Where the last value ended. A collection ends with the last of its values. */
  end: number;
  /** Values so far, those that aliases stand for among them. */
  size: number;
  depth: number;
  readonly anchors: Map<string, Anchor>;
}

/** An anchor before a value. */
export interface Anchor {
  /** Values before this one. */
  readonly before: number;
  /** Undefined while it is read. */
  target: { readonly node: Node; readonly size: number } | undefined;
}

/** Values in values, far deeper than people write them. What lies beyond is left to the complete parser, which has the limit. */
const deepest = 100;

export function readerOf(source: Source): Reader {
  const { text } = source;
  return { source, text, at: 0, pending: undefined, end: 0, size: 0, depth: 0, anchors: new Map() };
}

export function grow(reader: Reader, by: number): void {
  reader.size += by;
  if (reader.size > mostValues) leave();
}

export function enter(reader: Reader): void {
  if (++reader.depth > deepest) leave();
}

export function placeOf(reader: Reader, start: number, end: number): Place {
  return { source: reader.source, start, end };
}

/** What ends an indicator: a space, the end of the line or of the text. */
export function isBlank(character: number): boolean {
  // Beyond the end there is NaN.
  return character === code.space || character === code.lineFeed || Number.isNaN(character);
}

/** `- `: an item of a block list. */
export function isDash({ text, at }: Reader): boolean {
  return text.charCodeAt(at) === code.dash && isBlank(text.charCodeAt(at + 1));
}

export function skipSpaces(reader: Reader): void {
  while (reader.text.charCodeAt(reader.at) === code.space) reader.at++;
}

/** The newline of the line that a position is on, or the end of the text. */
export function lineEnd(text: string, from: number): number {
  const newline = text.indexOf("\n", from);
  return newline === -1 ? text.length : newline;
}

/** True where nothing but a comment is left on the line; the reader is at its end then. */
export function isLineDone(reader: Reader): boolean {
  const before = reader.at;
  skipSpaces(reader);
  const character = reader.text.charCodeAt(reader.at);
  if (character === code.lineFeed || Number.isNaN(character)) return true;
  if (character !== code.hash || (reader.at === before && before > 0 && !isBlank(reader.text.charCodeAt(before - 1)))) {
    return false;
  }
  reader.at = lineEnd(reader.text, reader.at);
  return true;
}

export function finishLine(reader: Reader): void {
  if (!isLineDone(reader)) leave();
}

/**
 * Goes from the end of a line to what comes next beyond empty lines and comments, and gives its column; -1 at the end of the
 * document. Asked again before anything was read, it says the same.
 */
export function nextColumn(reader: Reader): number {
  return (reader.pending ??= goToNextLine(reader));
}

function goToNextLine(reader: Reader): number {
  const { text } = reader;
  for (;;) {
    const start = text.charCodeAt(reader.at) === code.lineFeed ? reader.at + 1 : reader.at;
    let at = start;
    while (text.charCodeAt(at) === code.space) at++;
    const character = text.charCodeAt(at);
    reader.at = at;
    if (Number.isNaN(character)) return -1;
    if (character === code.hash) reader.at = lineEnd(text, at);
    else if (character !== code.lineFeed) return at === start && isMarker(text, at) ? -1 : at - start;
  }
}

/** `---` or `...`; at the beginning of a line they part documents. */
export function isMarker(text: string, at: number): boolean {
  return (text.startsWith("---", at) || text.startsWith("...", at)) && isBlank(text.charCodeAt(at + 3));
}
