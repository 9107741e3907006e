import { code, isBreak } from "./characters.ts";

/** Offsets in the text, end exclusive. */
interface Stretch {
  readonly start: number;
  readonly end: number;
}

interface SourceOptions {
  /** What ends a line: in YAML 1.1 more than a line feed. */
  readonly lines?: "of-yaml" | "of-line-feeds";
  /** What is secret in the text. */
  readonly hidden?: readonly Stretch[];
}

/** The text that a tree came from, and where in it a line begins: after what ends one, as YAML has it or another language. */
export class Source {
  readonly file: string;
  readonly text: string;
  readonly #lines: "of-yaml" | "of-line-feeds";
  readonly #hidden: readonly Stretch[];
  #lineStarts: readonly number[] | undefined;

  constructor(file: string, text: string, { lines = "of-yaml", hidden = [] }: SourceOptions = {}) {
    this.file = file;
    this.text = text;
    this.#lines = lines;
    this.#hidden = hidden;
  }

  /** Whether a part of a stretch of the text is secret, so that people are not shown it. */
  hides({ start, end }: Stretch): boolean {
    return this.#hidden.some((hidden) => hidden.start < end && start < hidden.end);
  }

  /** Line and column of an offset, both from 1. */
  position(offset: number): { readonly line: number; readonly column: number } {
    const starts = this.#starts();
    let low = 0;
    let high = starts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((starts[middle] ?? 0) <= offset) low = middle;
      else high = middle - 1;
    }
    return { line: low + 1, column: offset - (starts[low] ?? 0) + 1 };
  }

  /** Where a line begins, the first of which is 1; undefined where there are not as many. */
  startOf(line: number): number | undefined {
    return this.#starts()[line - 1];
  }

  /** A line without what ends it; undefined where there are not as many. */
  line(line: number): string | undefined {
    const start = this.startOf(line);
    if (start === undefined) return undefined;
    const end = this.startOf(line + 1) ?? this.text.length;
    return this.text.slice(start, end).replace(this.#lines === "of-yaml" ? lineEnd : /\n$/, "");
  }

  #starts(): readonly number[] {
    return (this.#lineStarts ??= this.#lines === "of-yaml" ? lineStartsOfYaml(this.text) : lineStarts(this.text));
  }
}

const lineEnd = /(?:\r\n|[\n\r\u0085\u2028\u2029])$/;

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

const rareLineEnd = /[\r\u0085\u2028\u2029]/;

function lineStartsOfYaml(text: string): readonly number[] {
  if (!rareLineEnd.test(text)) return lineStarts(text);
  const starts = [0];
  for (let at = 0; at < text.length; at++) {
    const character = text.charCodeAt(at);
    if (!isBreak(character)) continue;
    if (character === code.carriageReturn && text.charCodeAt(at + 1) === code.lineFeed) at++;
    starts.push(at + 1);
  }
  return starts;
}

function lineStarts(text: string): readonly number[] {
  const starts = [0];
  for (let at = text.indexOf("\n"); at !== -1; at = text.indexOf("\n", at + 1)) starts.push(at + 1);
  return starts;
}
