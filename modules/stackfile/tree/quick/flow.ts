import { code } from "../characters.ts";
import { list, type Node } from "../node.ts";
import { anchored, OpenMap, readAlias, readAnchor, readKey } from "./nodes.ts";
import { enter, grow, leave, lineEnd, placeOf, type Reader } from "./reader.ts";
import { isQuote, readPlain, readQuoted } from "./scalars.ts";

/** `[…]` or `{…}` below a parent in column `parent`; -1 where there is none. */
export function readFlow(reader: Reader, parent: number): Node {
  enter(reader);
  grow(reader, 1);
  const isList = reader.text.charCodeAt(reader.at) === code.openBracket;
  const node = isList ? readFlowList(reader, parent) : readFlowMap(reader, parent);
  reader.depth--;
  return node;
}

function readFlowList(reader: Reader, parent: number): Node {
  const start = reader.at++;
  const items: Node[] = [];
  while (!closes(reader, parent, code.closeBracket)) {
    items.push(readFlowValue(reader, parent));
    separate(reader, parent, code.closeBracket);
  }
  return list(items, placeOf(reader, start, reader.end));
}

function readFlowMap(reader: Reader, parent: number): Node {
  const open = new OpenMap(reader.at++);
  while (!closes(reader, parent, code.closeBrace)) {
    const key = readKey(reader, true);
    open.set(key, readValueOfKey(reader, parent));
    separate(reader, parent, code.closeBrace);
  }
  return open.close(reader);
}

function readValueOfKey(reader: Reader, parent: number): Node | undefined {
  const { at: end } = reader;
  skipSpace(reader, parent);
  if (reader.text.charCodeAt(reader.at) !== code.colon) return undefined;
  // A key and its colon are on one line. To look for its end would be to look through the whole line at each key.
  if (reader.text.slice(end, reader.at).includes("\n")) leave();
  reader.at++;
  skipSpace(reader, parent);
  const next = reader.text.charCodeAt(reader.at);
  return next === code.comma || next === code.closeBrace ? undefined : readFlowValue(reader, parent);
}

function readFlowValue(reader: Reader, parent: number): Node {
  const anchor = readAnchor(reader);
  const character = reader.text.charCodeAt(reader.at);
  if (character === code.asterisk) return anchor === undefined ? readAlias(reader) : leave();
  if (character === code.openBracket || character === code.openBrace) {
    return anchored(reader, anchor, readFlow(reader, parent));
  }
  grow(reader, 1);
  return anchored(reader, anchor, isQuote(character) ? readQuoted(reader) : readPlain(reader, true));
}

/** True at the end of the collection, which is read then. */
function closes(reader: Reader, parent: number, close: number): boolean {
  skipSpace(reader, parent);
  if (reader.text.charCodeAt(reader.at) !== close) return false;
  reader.end = ++reader.at;
  return true;
}

/** Between two items there is a comma; after the last one there may be. */
function separate(reader: Reader, parent: number, close: number): void {
  skipSpace(reader, parent);
  const character = reader.text.charCodeAt(reader.at);
  if (character === code.comma) reader.at++;
  else if (character !== close) leave();
}

/** Goes over spaces, comments and line ends. What follows a line end must be further right than the parent. */
function skipSpace(reader: Reader, parent: number): void {
  const { text } = reader;
  let lineStart: number | undefined;
  for (;;) {
    const character = text.charCodeAt(reader.at);
    if (character === code.space) reader.at++;
    else if (character === code.lineFeed) lineStart = ++reader.at;
    else if (character === code.hash) {
      const before = text.charCodeAt(reader.at - 1);
      if (before !== code.space && before !== code.lineFeed) leave();
      reader.at = lineEnd(text, reader.at);
    } else {
      if (lineStart !== undefined && reader.at - lineStart <= parent) leave();
      return;
    }
  }
}
