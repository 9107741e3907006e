import { isBlank, isBreak } from "../characters.ts";
import type { Cursor } from "./cursor.ts";

export interface Gap {
  /** What it stands for. */
  readonly text: string;
  readonly hasBreak: boolean;
}

/**
 * Goes over the blanks and line ends between two words. One line end is a space, several are one less. `isBroken`: a line end was
 * just before, and stands for nothing. `onIndent` is told of each blank that begins a line.
 */
export function fold(cursor: Cursor, isBroken: boolean, onIndent?: () => void): Gap {
  const start = cursor.at;
  let hasBreak = isBroken;
  let first = "";
  let others = "";
  for (let character = cursor.code(); isBlank(character) || isBreak(character); character = cursor.code()) {
    if (isBreak(character)) {
      if (hasBreak) others += cursor.takeBreak();
      else first = cursor.takeBreak();
      hasBreak = true;
    } else {
      if (hasBreak) onIndent?.();
      cursor.at++;
    }
  }
  if (!hasBreak) return { text: cursor.text.slice(start, cursor.at), hasBreak };
  return { text: first === "\n" ? others || " " : first + others, hasBreak };
}
