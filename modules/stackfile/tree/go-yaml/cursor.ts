import { code, isBlank, isBlankOrEnd, isBreak } from "../characters.ts";

/** Why a text is no YAML for go-yaml. Thrown inside this folder only; `parseSyntax` catches it. */
export class SyntaxProblem extends Error {
  /** What is wrong in the text: where people look for it, which may be before the place where it shows. */
  readonly start: number;
  readonly end: number;
  readonly hint: string | undefined;

  constructor(
    message: string,
    start: number,
    { end = start + 1, hint }: { readonly end?: number; readonly hint?: string } = {},
  ) {
    super(message);
    this.start = start;
    this.end = end;
    this.hint = hint;
  }
}

export const indentWithSpaces = "indent with spaces, not tabs";

/** A position in a text, with its line and column. */
export class Cursor {
  readonly text: string;
  at = 0;
  line = 1;
  #lineStart = 0;

  constructor(text: string) {
    this.text = text;
    // Tools put a byte order mark before one that is there already: go-yaml skips two.
    this.at = this.#lineStart = /^\uFEFF{0,2}/.exec(text)?.[0].length ?? 0;
  }

  /** Of the line, from 1. */
  get column(): number {
    return this.at - this.#lineStart + 1;
  }

  code(ahead = 0): number {
    return this.text.charCodeAt(this.at + ahead) || code.end;
  }

  /** The line end here as text has it, empty where there is none: all but the separators of Unicode are line feeds. */
  takeBreak(): string {
    const first = this.code();
    if (!isBreak(first)) return "";
    this.at += first === code.carriageReturn && this.code(1) === code.lineFeed ? 2 : 1;
    this.line++;
    this.#lineStart = this.at;
    return first > 0x2000 ? String.fromCharCode(first) : "\n";
  }

  skipBlanks(): void {
    while (isBlank(this.code())) this.at++;
  }

  skipToBreak(): void {
    const { text } = this;
    let { at } = this;
    for (; at < text.length && !isBreak(text.charCodeAt(at)); at++);
    this.at = at;
  }

  /** `---` or `...` at the beginning of a line. */
  get isAtMarker(): boolean {
    if (this.at !== this.#lineStart) return false;
    const first = this.code();
    if (first !== code.dash && first !== code.dot) return false;
    return this.code(1) === first && this.code(2) === first && isBlankOrEnd(this.code(3));
  }
}
