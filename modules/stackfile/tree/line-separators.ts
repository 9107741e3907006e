import { isScalar, type Document, visit } from "yaml";
import type { YamlProblem } from "./yaml-errors.ts";

/**
 * The first line separator that would be read in two ways. go-yaml ends a line at U+2028 and U+2029, as YAML 1.1 did; YAML 1.2, and our
 * parser, do not. Both take one for text that stands between two words in quotes.
 */
export function misreadSeparator(documents: readonly Document[], text: string): YamlProblem | undefined {
  let quoted: readonly Range[] | undefined;
  let next = 0;
  for (const { index: at } of text.matchAll(/[\u2028\u2029]/g)) {
    quoted ??= documents.flatMap(quotedRanges);
    while ((quoted[next]?.end ?? Infinity) <= at) next++;
    const isQuoted = (quoted[next]?.start ?? Infinity) < at;
    if (isQuoted && !/\s/.test(text.charAt(at - 1) + text.charAt(at + 1))) continue;
    const code = text.charCodeAt(at).toString(16);
    return {
      start: at,
      end: at + 1,
      message: `the line separator U+${code} ends a line for docker compose, and for others it does not`,
      hint: `remove it, or write it in double quotes as \\u${code}`,
    };
  }
  return undefined;
}

interface Range {
  readonly start: number;
  readonly end: number;
}

function quotedRanges(document: Document): readonly Range[] {
  const ranges: Range[] = [];
  visit(document, {
    Scalar(_key, node) {
      if (!isScalar(node) || (node.type !== "QUOTE_DOUBLE" && node.type !== "QUOTE_SINGLE")) return;
      const [start = 0, end = 0] = node.range ?? [];
      ranges.push({ start, end });
    },
  });
  return ranges;
}
