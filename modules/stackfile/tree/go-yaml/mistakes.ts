import { isBlank } from "../characters.ts";
import { SyntaxProblem } from "./cursor.ts";
import type { Token } from "./tokens.ts";

/**
 * What people did where the grammar goes no further: one mistake, told where it was made, which may be lines before it shows. What shows
 * is a part of the stretch.
 */

const oneColumn = "lines of one level begin in one column";

/** Where the blanks that end at a position begin. */
function beforeBlanks(text: string, at: number, from = 0): number {
  let before = at;
  while (before > from && isBlank(text.charCodeAt(before - 1))) before--;
  return before;
}

function endOfLine(text: string, start: number): number {
  const ends = ["\r", "\n"].map((sign) => text.indexOf(sign, start));
  return Math.min(...ends.map((end) => (end === -1 ? text.length : end)));
}

/** Where the words of a line end, from one of them on. What ends a line, a comment among it, is none of them. */
function endOfWords(text: string, start: number): number {
  const lineEnd = endOfLine(text, start);
  let comment = start;
  do comment = text.indexOf("#", comment + 1);
  while (comment !== -1 && comment < lineEnd && !isBlank(text.charCodeAt(comment - 1)));
  const end = comment === -1 ? lineEnd : Math.min(comment, lineEnd);
  return Math.max(start + 1, beforeBlanks(text, end, start));
}

function beginsLine(text: string, at: number): boolean {
  const before = beforeBlanks(text, at);
  return before === 0 || /[\r\n]/.test(text.charAt(before - 1));
}

/** A line of words where a key is to be, or an item: what it lacks to be one. `shows` is where the reading ended. */
function lacksSign(text: string, start: number, shows = start): SyntaxProblem {
  const end = endOfWords(text, start);
  const words = text.slice(start, Math.min(end, start + 200));
  const stretch = { end: Math.max(end, shows + 1) };
  if (/^(?:<{7}|={7}|>{7})(?: |$)/.test(words)) {
    return new SyntaxProblem("this line is of a merge that was not finished", start, {
      ...stretch,
      hint: "choose one of the two versions, and remove the lines that mark them",
    });
  }
  if (/^-[^\s-]/.test(words)) {
    return new SyntaxProblem("a space is missing behind this dash", start, {
      ...stretch,
      hint: "an item of a list is a dash, a space and a value",
    });
  }
  if (/^[\w.-]+:[^\s:]/.test(words)) {
    return new SyntaxProblem("a space is missing behind the colon of this key", start, {
      ...stretch,
      hint: "write a space between the colon and the value",
    });
  }
  return new SyntaxProblem("a colon is missing behind this key", start, {
    ...stretch,
    hint: "a key needs a colon and a space; a text of several lines needs quotes, or | before it",
  });
}

/** A colon where no key ends. */
export function misplacedColon(text: string, colon: number, before: Token | undefined): SyntaxProblem {
  if (before?.kind === "scalar")
    return before.isPlain ? colonInPlain(text, colon, before) : colonBehindQuotes(text, colon, before);
  const isBehindValue = before?.kind === "alias" || before?.kind === "flow-list-end" || before?.kind === "flow-map-end";
  return isBehindValue ? colonBehindValue(text, colon, before) : colonInPlain(text, colon, { start: colon });
}

function colonInPlain(text: string, colon: number, { start }: Pick<Token, "start">): SyntaxProblem {
  if (!/[\r\n]/.test(text.slice(start, colon))) {
    return new SyntaxProblem("a colon with a space behind it may not stand in a value without quotes", start, {
      end: Math.max(colon + 1, endOfWords(text, start)),
      hint: "put the value in quotes, or the key on a line of its own",
    });
  }
  if (beginsLine(text, start)) return lacksSign(text, start, colon);
  const lineStart = Math.max(text.lastIndexOf("\n", colon), text.lastIndexOf("\r", colon)) + 1;
  const key = lineStart + (/^[ \t]*/.exec(text.slice(lineStart, colon))?.[0].length ?? 0);
  return new SyntaxProblem("this line is indented unlike those beside it", key, {
    end: endOfWords(text, key),
    hint: `${oneColumn}; the value of the key above it stands there already`,
  });
}

function colonBehindQuotes(text: string, colon: number, quoted: Token): SyntaxProblem {
  return hasLineEnd(text, quoted) ? closedLater(text, quoted, colon) : colonBehindValue(text, colon, quoted);
}

function colonBehindValue(text: string, colon: number, { start }: Token): SyntaxProblem {
  return new SyntaxProblem("a colon may not follow this value", start, {
    end: Math.max(colon + 1, endOfWords(text, colon)),
    hint: "put quotes around all that is the value, or the key on a line of its own",
  });
}

/** Quotes that were to end on the line that they begin on. `shows`: where the reading ended. */
function closedLater(text: string, quoted: Token, shows: number): SyntaxProblem {
  const quote = text.charAt(quoted.start);
  return new SyntaxProblem(`the ${quote} that opens here is closed on a later line`, quoted.start, {
    end: shows + 1,
    hint: `put a ${quote} at the end of the value`,
  });
}

function hasLineEnd(text: string, { start, end }: Token): boolean {
  return /[\r\n]/.test(text.slice(start, end));
}

/** A required key without its colon. */
export function missingColon(text: string, key: number): SyntaxProblem {
  return lacksSign(text, key);
}

/** What stands where the next key of a map or the next item of a list is to be, or the end. */
export function notOfCollection(
  text: string,
  next: Token,
  collection: "list" | "map",
  quoted: Token | undefined,
): SyntaxProblem {
  const { start } = next;
  const end = endOfWords(text, start);
  if (next.kind === "flow-list-end" || next.kind === "flow-map-end") {
    const sign = text.charAt(start);
    return new SyntaxProblem(`this ${sign} closes nothing`, start, { hint: "remove it, or open a bracket before it" });
  }
  if (quoted !== undefined && /["']/.test(text.charAt(quoted.start)) && isQuoteOfLaterLine(text, quoted, start)) {
    return closedLater(text, quoted, start);
  }
  if (!beginsLine(text, start)) {
    return new SyntaxProblem("the value before this has ended", start, {
      end,
      hint: "put quotes around the whole value, or what follows on a line of its own",
    });
  }
  if (collection === "map" && next.kind === "entry") {
    return new SyntaxProblem("a list item stands among the keys of a map", start, {
      end,
      hint: "a list stands below a key of its own, and its dashes in one column; a key needs a colon",
    });
  }
  if (next.kind === "scalar" && next.isPlain) {
    const problem = lacksSign(text, start);
    if (collection === "map" || text.charAt(start) === "-") return problem;
  }
  if (next.kind === "scalar" && !next.isPlain && collection === "map") {
    return new SyntaxProblem("a colon is missing behind this key", start, {
      end: next.end,
      hint: "a key needs a colon and a space, on the line that it begins on",
    });
  }
  const hint = collection === "list" ? "lines of a list begin with a dash in one column" : oneColumn;
  return new SyntaxProblem("this line is indented unlike those beside it", start, { end, hint });
}

/** Whether the quotes that end just before were to end some lines before: what closes them opened others. */
function isQuoteOfLaterLine(text: string, quoted: Token, start: number): boolean {
  return hasLineEnd(text, quoted) && /^[ \t]*$/.test(text.slice(quoted.end, start));
}

/** What stands behind an item in brackets instead of a comma or the end. `open`: where they open. */
export function missingComma(text: string, open: number, next: Token): SyntaxProblem {
  const sign = text.charAt(open);
  const close = sign === "[" ? "]" : "}";
  const isClosed = next.kind !== "end" && text.includes(close, next.start);
  if (!isClosed || /[\r\n]/.test(text.slice(open, next.start))) {
    const message = isClosed
      ? `the ${sign} that opens here is not closed before the next key`
      : `the ${sign} that opens here is never closed`;
    return new SyntaxProblem(message, open, {
      end: Math.min(next.start + 1, text.length),
      hint: `put a ${close} behind the last item, and commas between the items`,
    });
  }
  return new SyntaxProblem(`between ${sign} and ${close} a comma is missing before this`, next.start, {
    end: next.start + 1,
    hint:
      sign === "["
        ? "put a comma between the items"
        : next.kind === "value"
          ? "put a comma before the key"
          : "put a comma between the entries, or a colon between a key and its value",
  });
}
