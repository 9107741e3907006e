import { code, isBlank, isBlankOrEnd, isBreak, isFlowIndicator } from "../characters.ts";
import { type Cursor, indentWithSpaces, SyntaxProblem } from "./cursor.ts";
import { fold } from "./folding.ts";

export interface PlainScalar {
  readonly text: string;
  readonly end: number;
  /** A line end follows, so that a key may. */
  readonly endsLine: boolean;
}

/** A scalar without quotes, over any number of lines. `indent`: the column of the collection around. */
export function scanPlain(cursor: Cursor, { indent, inFlow }: { indent: number; inFlow: boolean }): PlainScalar {
  const start = cursor.at;
  let text = "";
  let end = start;
  let gap = "";
  let endsLine = false;
  const onIndent = (): void => {
    if (cursor.column <= indent && cursor.code() === code.tab)
      throw new SyntaxProblem("a tab indents this line", cursor.at, { hint: indentWithSpaces });
  };
  while (!cursor.isAtMarker && cursor.code() !== code.hash) {
    const word = cursor.at;
    cursor.at = wordEnd(cursor.text, word, inFlow);
    if (cursor.at > word) {
      text += gap + cursor.text.slice(word, cursor.at);
      end = cursor.at;
      endsLine = false;
    }
    const character = cursor.code();
    if (!isBlank(character) && !isBreak(character)) break;
    ({ text: gap, hasBreak: endsLine } = fold(cursor, false, onIndent));
    if (!inFlow && cursor.column <= indent) break;
  }
  return { text, end, endsLine };
}

function wordEnd(text: string, from: number, inFlow: boolean): number {
  for (let at = from; ; at++) {
    const character = text.charCodeAt(at) || code.end;
    if (isBlankOrEnd(character)) return at;
    if (character === code.colon) {
      const next = text.charCodeAt(at + 1) || code.end;
      if (isBlankOrEnd(next) || (inFlow && endsKey(next))) return at;
    } else if (inFlow && (isFlowIndicator(character) || beginsKey(text, at))) return at;
  }
}

/** Behind a colon; an opening bracket does not. */
function endsKey(next: number): boolean {
  return next === code.comma || next === code.closeBracket || next === code.closeBrace;
}

function beginsKey(text: string, at: number): boolean {
  return text.charCodeAt(at) === code.question && isBlankOrEnd(text.charCodeAt(at + 1) || code.end);
}
