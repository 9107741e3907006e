import { stripVTControlCharacters } from "node:util";

/** What a reader sees as one letter each. Text of ASCII alone is not worth the tables that a segmenter loads: 10 ms of a start. */
function letters(text: string): string[] {
  if (/^[\0-\x7f]*$/.test(text)) return text.split("");
  const graphemes = new Intl.Segmenter("en", { granularity: "grapheme" });
  return Array.from(graphemes.segment(text), ({ segment }) => segment);
}

/** Columns that a text takes on a terminal, colours not counted. */
export function width(text: string): number {
  return letters(stripVTControlCharacters(text)).length;
}

/** Pads on the right to a number of columns. */
export function pad(text: string, columns: number): string {
  return text + " ".repeat(Math.max(0, columns - width(text)));
}

/** Text without colours, cut to a number of columns with `…` at its end. */
export function cut(text: string, columns: number): string {
  const all = letters(text);
  return all.length <= columns ? text : `${all.slice(0, Math.max(0, columns - 1)).join("")}…`;
}

const controlSequence = new RegExp(`${String.fromCodePoint(27)}\\[[0-?]*[ -/]*[@-~]`, "gu");

/**
 * One line that cannot move the cursor or change colours: what comes from hosts and containers is shown, never obeyed.
 */
export function oneLine(text: string): string {
  return text
    .replaceAll(controlSequence, "")
    .replaceAll(/\p{Cc}+/gu, " ")
    .trimEnd();
}

/** `1 service`, `2 services`. */
export function count(number: number, noun: string, plural = `${noun}s`): string {
  return `${number} ${number === 1 ? noun : plural}`;
}
