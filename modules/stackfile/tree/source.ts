/** As YAML 1.1 ends lines. */
const lineEnd = /\r\n|[\n\r\u0085\u2028\u2029]/g;

/** Offsets in the text, end exclusive. */
interface Stretch {
  readonly start: number;
  readonly end: number;
}

interface SourceOptions {
  /** What ends a line. Default: as YAML has it. */
  readonly ends?: RegExp;
  /** What is secret in the text. */
  readonly hidden?: readonly Stretch[];
}

/** The text that a tree came from, and where in it a line begins: after what ends one, as YAML has it or another language. */
export class Source {
  readonly file: string;
  readonly text: string;
  readonly #lineEnd: RegExp;
  readonly #hidden: readonly Stretch[];
  #lineStarts: readonly number[] | undefined;

  constructor(file: string, text: string, { ends = lineEnd, hidden = [] }: SourceOptions = {}) {
    this.file = file;
    this.text = text;
    this.#lineEnd = ends;
    this.#hidden = hidden;
  }

  /** Whether a part of a stretch of the text is secret, so that people are not shown it. */
  hides({ start, end }: Stretch): boolean {
    return this.#hidden.some((hidden) => hidden.start < end && start < hidden.end);
  }

  /** Line and column of an offset, both from 1. */
  position(offset: number): { readonly line: number; readonly column: number } {
    const starts = (this.#lineStarts ??= findLineStarts(this.text, this.#lineEnd));
    let low = 0;
    let high = starts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((starts[middle] ?? 0) <= offset) low = middle;
      else high = middle - 1;
    }
    return { line: low + 1, column: offset - (starts[low] ?? 0) + 1 };
  }
}

/** A file whose text is not known, with the place in it that something is said of. */
export class UnreadSource extends Source {
  readonly #position: { readonly line: number; readonly column: number };

  constructor(file: string, position = { line: 1, column: 1 }) {
    super(file, "");
    this.#position = position;
  }

  override position(): { readonly line: number; readonly column: number } {
    return this.#position;
  }
}

export function linesOf(text: string): readonly string[] {
  return text.split(lineEnd);
}

function findLineStarts(text: string, lineEnd: RegExp): readonly number[] {
  return [0, ...Array.from(text.matchAll(lineEnd), ({ 0: found, index }) => index + found.length)];
}
