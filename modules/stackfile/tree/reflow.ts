/**
 * go-yaml takes lines inside brackets and quotes wherever they begin; YAML 1.2, and our parser, want them indented deeper than
 * what is around them. A reflowed text has them so, and knows where each character was.
 */
export interface Reflowed {
  readonly text: string;
  /** The offset in the text as it was written. */
  readonly original: (offset: number) => number;
}

/** Indents the lines between each of these brackets and quotes, offsets of the text, and what closes it. */
export function reflow(text: string, opened: readonly number[]): Reflowed {
  const insertions = opened.flatMap((open) => linesBelow(text, open));
  const byLine = new Map<number, number>();
  for (const { line, spaces } of insertions) byLine.set(line, Math.max(spaces, byLine.get(line) ?? 0));
  const sorted = [...byLine].toSorted(([a], [b]) => a - b);
  const parts: string[] = [];
  const shifts: Shift[] = [];
  let from = 0;
  let inserted = 0;
  for (const [line, spaces] of sorted) {
    parts.push(text.slice(from, line), " ".repeat(spaces));
    shifts.push({ at: line + inserted, line, inserted: inserted + spaces });
    from = line;
    inserted += spaces;
  }
  return { text: parts.join("") + text.slice(from), original: (offset) => originalOf(offset, shifts) };
}

/** A line that was indented. */
interface Shift {
  /** Where it begins in the reflowed text, and where it began. */
  readonly at: number;
  readonly line: number;
  /** Spaces that were put in up to here. */
  readonly inserted: number;
}

/** What is within the new spaces was at the beginning of the line. */
function originalOf(offset: number, shifts: readonly Shift[]): number {
  let low = 0;
  let high = shifts.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((shifts[middle]?.at ?? 0) < offset) low = middle + 1;
    else high = middle;
  }
  const shift = shifts[low - 1];
  return shift === undefined ? offset : Math.max(shift.line, offset - shift.inserted);
}

/** The lines that begin before a bracket or quote is closed, with what they lack; none where nothing closes it. */
function linesBelow(text: string, open: number): readonly { readonly line: number; readonly spaces: number }[] {
  const close = closing(text, open);
  const column = open - (text.lastIndexOf("\n", open) + 1);
  const lines: { line: number; spaces: number }[] = [];
  for (let at = text.indexOf("\n", open); at !== -1 && at < close; at = text.indexOf("\n", at + 1)) {
    const indent = /^ */.exec(text.slice(at + 1, at + 1 + column + 1))?.[0].length ?? 0;
    if (indent <= column) lines.push({ line: at + 1, spaces: column + 1 - indent });
  }
  return lines;
}

function closing(text: string, open: number): number {
  const first = text.charAt(open);
  if (first === '"' || first === "'") return closingQuote(text, open);
  let depth = 0;
  for (let at = open; at < text.length; at++) {
    const character = text.charAt(at);
    if (character === "[" || character === "{") depth++;
    else if (character === "]" || character === "}") {
      if (--depth === 0) return at;
    } else if ((character === '"' || character === "'") && /[[{,:\s]/.test(text.charAt(at - 1))) {
      at = closingQuote(text, at);
      if (at === -1) return -1;
    } else if (character === "#" && /\s/.test(text.charAt(at - 1))) {
      const end = text.indexOf("\n", at);
      if (end === -1) return -1;
      at = end;
    }
  }
  return -1;
}

function closingQuote(text: string, open: number): number {
  const quote = text.charAt(open);
  for (let at = open + 1; at < text.length; at++) {
    if (quote === '"' && text.charAt(at) === "\\") at++;
    else if (text.charAt(at) === quote) {
      if (quote === '"' || text.charAt(at + 1) !== "'") return at;
      at++;
    }
  }
  return -1;
}
