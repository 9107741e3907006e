import { code, isBlank, isBreak, isBreakOrEnd } from "../characters.ts";
import { type Cursor, indentWithSpaces, SyntaxProblem } from "./cursor.ts";

export interface BlockScalar {
  readonly text: string;
  readonly end: number;
}

/** A literal (`|`) or folded (`>`) scalar. `parent`: the column of the collection around, -1 without one. */
export function scanBlock(cursor: Cursor, parent: number): BlockScalar {
  const isLiteral = cursor.code() === code.bar;
  cursor.at++;
  const { chomping, increment } = takeHeader(cursor);
  let end = cursor.at;
  let indent = increment === 0 ? 0 : Math.max(parent, 1) + increment;
  const takeBreaks = (): string => {
    const taken = takeEmptyLines(cursor, indent, parent);
    ({ indent } = taken);
    return taken.breaks;
  };
  let text = "";
  let lastBreak = "";
  let wasBlank = false;
  let breaks = takeBreaks();
  while (cursor.column === indent && cursor.code() !== code.end) {
    const isIndented = isBlank(cursor.code());
    if (!isLiteral && !wasBlank && !isIndented && lastBreak === "\n") text += breaks === "" ? " " : breaks;
    else text += lastBreak + breaks;
    wasBlank = isIndented;
    const start = cursor.at;
    cursor.skipToBreak();
    text += cursor.text.slice(start, cursor.at);
    lastBreak = cursor.takeBreak();
    end = cursor.at;
    breaks = takeBreaks();
  }
  return { text: chomping === "strip" ? text : text + lastBreak + (chomping === "keep" ? breaks : ""), end };
}

interface Header {
  readonly chomping: "strip" | "keep" | "clip";
  /** Columns of indentation; 0 where they are those of the first line. */
  readonly increment: number;
}

function takeHeader(cursor: Cursor): Header {
  const header = /[+-]?[0-9]?[+-]?/y;
  header.lastIndex = cursor.at;
  const [written = ""] = header.exec(cursor.text) ?? [];
  const [, before = "", digit = "", after = ""] = /^([+-]?)([0-9]?)([+-]?)$/.exec(written) ?? [];
  const start = cursor.at;
  // One sign, before or behind the digit.
  cursor.at += before === "" ? written.length : before.length + digit.length;
  if (digit === "0") throw new SyntaxProblem("an indentation of 0 columns is none", start);
  cursor.skipBlanks();
  if (cursor.code() === code.hash) cursor.skipToBreak();
  if (!isBreakOrEnd(cursor.code())) {
    throw new SyntaxProblem("the text of a block begins on the next line", cursor.at, {
      hint: "leave nothing behind | or > but a sign; a value that begins with one needs quotes",
    });
  }
  cursor.takeBreak();
  const sign = before || after;
  return { chomping: sign === "-" ? "strip" : sign === "+" ? "keep" : "clip", increment: Number(digit) };
}

/** Goes to the next line that has text. The first one with text has the indentation of all. */
function takeEmptyLines(
  cursor: Cursor,
  indent: number,
  parent: number,
): { readonly breaks: string; readonly indent: number } {
  let breaks = "";
  let deepest = 0;
  for (;;) {
    while ((indent === 0 || cursor.column < indent) && cursor.code() === code.space) cursor.at++;
    deepest = Math.max(deepest, cursor.column);
    if ((indent === 0 || cursor.column < indent) && cursor.code() === code.tab) {
      throw new SyntaxProblem("a tab indents this line", cursor.at, { hint: indentWithSpaces });
    }
    if (!isBreak(cursor.code())) break;
    breaks += cursor.takeBreak();
  }
  return { breaks, indent: indent === 0 ? Math.max(deepest, parent + 1, 1) : indent };
}
