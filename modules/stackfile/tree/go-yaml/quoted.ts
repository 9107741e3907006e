import { code, isBlankOrEnd, isBreak } from "../characters.ts";
import { type Cursor, SyntaxProblem } from "./cursor.ts";
import { fold } from "./folding.ts";

/** The text of a scalar in quotes, over any number of lines. */
export function scanQuoted(cursor: Cursor): string {
  const start = cursor.at;
  const quote = cursor.code();
  cursor.at++;
  let text = "";
  for (;;) {
    if (cursor.isAtMarker || cursor.code() === code.end) {
      throw neverClosed(String.fromCharCode(quote), start);
    }
    const words = quote === code.singleQuote ? takeSingle(cursor) : takeDouble(cursor, start);
    text += words.text + fold(cursor, words.isBroken).text;
    if (cursor.code() === quote) break;
  }
  cursor.at++;
  return text;
}

function neverClosed(quote: string, start: number): SyntaxProblem {
  return new SyntaxProblem(`the ${quote} that opens here is never closed`, start, {
    hint: `put a ${quote} at the end of the value`,
  });
}

interface Words {
  readonly text: string;
  /** They end with a line end that a backslash takes away. */
  readonly isBroken: boolean;
}

function takeSingle(cursor: Cursor): Words {
  let text = "";
  let from = cursor.at;
  for (let character = cursor.code(); !isBlankOrEnd(character); character = cursor.code()) {
    if (character === code.singleQuote) {
      if (cursor.code(1) !== code.singleQuote) break;
      text += cursor.text.slice(from, cursor.at + 1);
      from = cursor.at + 2;
      cursor.at++;
    }
    cursor.at++;
  }
  return { text: text + cursor.text.slice(from, cursor.at), isBroken: false };
}

function takeDouble(cursor: Cursor, start: number): Words {
  let text = "";
  let from = cursor.at;
  for (let character = cursor.code(); !isBlankOrEnd(character); character = cursor.code()) {
    if (character === code.doubleQuote) break;
    if (character !== code.backslash) {
      cursor.at++;
      continue;
    }
    text += cursor.text.slice(from, cursor.at);
    if (isBreak(cursor.code(1))) {
      cursor.at++;
      cursor.takeBreak();
      return { text, isBroken: true };
    }
    text += takeEscape(cursor, start);
    from = cursor.at;
  }
  return { text: text + cursor.text.slice(from, cursor.at), isBroken: false };
}

/** Source: scanner.go of go-yaml, scanFlowScalar. It has `\'` besides those of YAML, and lacks `\/`. */
const escapes: ReadonlyMap<string, string> = new Map([
  ["0", "\0"],
  ["a", "\x07"],
  ["b", "\b"],
  ["t", "\t"],
  ["\t", "\t"],
  ["n", "\n"],
  ["v", "\v"],
  ["f", "\f"],
  ["r", "\r"],
  ["e", "\x1b"],
  [" ", " "],
  ['"', '"'],
  ["'", "'"],
  ["\\", "\\"],
  ["N", "\x85"],
  ["_", "\xa0"],
  ["L", "\u2028"],
  ["P", "\u2029"],
]);

const hexDigits: ReadonlyMap<string, number> = new Map([
  ["x", 2],
  ["u", 4],
  ["U", 8],
]);

function takeEscape(cursor: Cursor, start: number): string {
  const at = cursor.at;
  const letter = cursor.text.charAt(at + 1);
  const digits = hexDigits.get(letter);
  if (digits === undefined) {
    const text = escapes.get(letter);
    if (text !== undefined) {
      cursor.at += 2;
      return text;
    }
    if (letter === "") throw neverClosed('"', start);
    const hint = letter === "/" ? "write the slash alone" : "write \\\\ for a backslash, or use single quotes";
    throw new SyntaxProblem(`docker compose does not know the escape \\${letter}`, at, { hint });
  }
  const hex = cursor.text.slice(at + 2, at + 2 + digits);
  if (!/^[0-9a-fA-F]+$/.test(hex) || hex.length < digits) {
    throw new SyntaxProblem(`\\${letter} takes ${digits} hexadecimal digits`, at);
  }
  const point = Number.parseInt(hex, 16);
  if ((point >= 0xd800 && point <= 0xdfff) || point > 0x10ffff) {
    throw new SyntaxProblem(`\\${letter}${hex} is no character`, at, {
      hint: "write the character itself, or \\U and its eight digits: half a character is none in YAML",
    });
  }
  cursor.at += 2 + digits;
  return String.fromCodePoint(point);
}
