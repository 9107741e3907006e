import { code } from "../characters.ts";
import { clearsNothing } from "../clearing.ts";
import { list, type Node, type YamlDocument } from "../node.ts";
import type { Source } from "../source.ts";
import { forbiddenCharacter } from "../forbidden-character.ts";
import { readFlow } from "./flow.ts";
import { anchored, OpenMap, readAlias, readAnchor, readKey } from "./nodes.ts";
import {
  enter,
  finishLine,
  grow,
  isBlank,
  isDash,
  isLineDone,
  leave,
  LeftToComplete,
  nextColumn,
  placeOf,
  type Reader,
  readerOf,
  skipSpaces,
} from "./reader.ts";
import { isQuote, plainEnd, readBlockScalar, readPlain, readQuoted } from "./scalars.ts";

/**
 * The documents of a YAML file, as the complete parser gives them, several times as fast. Undefined for a file that has a mistake or
 * anything that is rare in stack files (scalars over several lines, explicit keys, tags): that is for the complete parser.
 */
export function parseQuickly(source: Source): readonly YamlDocument[] | undefined {
  try {
    return readDocuments(readerOf(source));
  } catch (error) {
    if (error instanceof LeftToComplete) return undefined;
    throw error;
  }
}

/** What else than a line feed may end a line. */
const rareLineEnd = /[\r\u0085\u2028\u2029]/;

function readDocuments(reader: Reader): readonly YamlDocument[] {
  const { text } = reader;
  if (rareLineEnd.test(text) || text.startsWith("\uFEFF") || forbiddenCharacter(text) !== undefined) leave();
  const documents: YamlDocument[] = [];
  for (let marked = false; ; marked = true) {
    const column = nextColumn(reader);
    if (column < 0 && marked) leave();
    if (column >= 0) {
      documents.push({ tree: readDocument(reader, column), clearing: clearsNothing });
      if (nextColumn(reader) !== -1) leave();
    }
    if (reader.at >= text.length) return documents;
    if (!text.startsWith("---", reader.at)) leave();
    reader.at += 3;
    reader.pending = undefined;
    finishLine(reader);
  }
}

function readDocument(reader: Reader, column: number): Node {
  const first = reader.text.charCodeAt(reader.at);
  if (first !== code.openBrace && first !== code.openBracket) return readBlock(reader, column);
  reader.pending = undefined;
  const node = readFlow(reader, -1);
  finishLine(reader);
  return node;
}

/** A block list or map whose first item or key is at the reader, in this column. */
function readBlock(reader: Reader, column: number): Node {
  enter(reader);
  grow(reader, 1);
  const node = isDash(reader) ? readBlockList(reader, column) : readBlockMap(reader, column);
  reader.depth--;
  return node;
}

function readBlockMap(reader: Reader, column: number): Node {
  const open = new OpenMap(reader.at);
  do {
    if (isDash(reader)) leave();
    reader.pending = undefined;
    const key = readKey(reader, false);
    skipSpaces(reader);
    if (!isKeySign(reader)) leave();
    reader.at++;
    open.set(key, readValue(reader, column, true));
  } while (isNextAt(reader, column));
  return open.close(reader);
}

function readBlockList(reader: Reader, column: number): Node {
  const start = reader.at;
  const items: Node[] = [];
  do {
    reader.pending = undefined;
    reader.at++;
    skipSpaces(reader);
    items.push(
      beginsBlock(reader) ? readBlock(reader, columnOf(reader)) : (readValue(reader, column, false) ?? leave()),
    );
  } while (isNextAt(reader, column) && isDash(reader));
  return list(items, placeOf(reader, start, reader.end));
}

/** Whether the next line goes on in this column. */
function isNextAt(reader: Reader, column: number): boolean {
  const next = nextColumn(reader);
  return next > column ? leave() : next === column;
}

function isKeySign({ text, at }: Reader): boolean {
  return text.charCodeAt(at) === code.colon && isBlank(text.charCodeAt(at + 1));
}

/** Whether a list or a map begins on the line of a dash: `- - a`, `- a: b`. */
function beginsBlock(reader: Reader): boolean {
  const { at: start } = reader;
  const first = reader.text.charCodeAt(start);
  if (isDash(reader)) return true;
  if (isQuote(first)) readQuoted(reader);
  else if (isBlank(first) || isValueSign(first)) return false;
  else reader.at = plainEnd(reader, false);
  skipSpaces(reader);
  const isKey = isKeySign(reader);
  reader.at = start;
  return isKey;
}

/** What begins a value that is no plain or quoted scalar, and a comment. */
function isValueSign(character: number): boolean {
  return (
    character === code.ampersand ||
    character === code.asterisk ||
    character === code.hash ||
    character === code.bar ||
    character === code.greater ||
    character === code.openBracket ||
    character === code.openBrace
  );
}

function columnOf({ text, at }: Reader): number {
  return at - (text.lastIndexOf("\n", at - 1) + 1);
}

/** The value after `key:` or `-`, on this line or on those below; undefined where there is none. `parent`: the column of the key or dash. */
function readValue(reader: Reader, parent: number, ofKey: boolean): Node | undefined {
  skipSpaces(reader);
  const anchor = readAnchor(reader);
  if (isLineDone(reader)) {
    const column = nextColumn(reader);
    // A list may be in the column of its key.
    const isThere = column > parent || (ofKey && column === parent && isDash(reader));
    if (isThere) return anchored(reader, anchor, readBlock(reader, column));
    return anchor === undefined ? undefined : leave();
  }
  const character = reader.text.charCodeAt(reader.at);
  if (character === code.bar || character === code.greater) {
    grow(reader, 1);
    return anchored(reader, anchor, readBlockScalar(reader, parent));
  }
  const node =
    character === code.asterisk
      ? anchor === undefined
        ? readAlias(reader)
        : leave()
      : anchored(reader, anchor, readInline(reader, character, parent));
  finishLine(reader);
  return node;
}

function readInline(reader: Reader, character: number, parent: number): Node {
  if (character === code.openBracket || character === code.openBrace) return readFlow(reader, parent);
  grow(reader, 1);
  return isQuote(character) ? readQuoted(reader) : readPlain(reader, false);
}
