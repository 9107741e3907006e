import { type Document, parseAllDocuments } from "yaml";
import type { SyntaxProblem } from "./go-yaml/cursor.ts";
import type { Source } from "./source.ts";
import { problemsOf, type YamlProblem } from "./yaml-errors.ts";

/**
 * How much of a text the parser of YAML 1.2 is given: what go-yaml has read, in which there is little to find fault with, and of what follows,
 * where each character may be an error, a part. A tenth of a second's worth each.
 */
const mostBefore = 100_000;
const mostAfter = 10_000;

/** Of one line. Who mends them sees the others. */
const mostProblems = 20;

/**
 * What is wrong with a text that go-yaml refuses: what ended the reading, in the words of YAML 1.2 where its parser finds fault with
 * the same lines. Whatever that finds elsewhere may follow from the one mistake, or be none to go-yaml.
 */
export function explain({ at, from, message, hint }: SyntaxProblem, source: Source): readonly YamlProblem[] {
  const { text } = source;
  const lineOf = (offset: number): number => source.position(offset).line;
  const [first, last] = [lineOf(from), lineOf(at)];
  const isThere = (start: number, end: number): boolean => lineOf(start) <= last && lineOf(end - 1) >= first;
  const found = at > mostBefore ? [] : problemsIn(text, Math.min(text.length, at + mostAfter), isThere);
  if (found.length > 0) return found.slice(0, mostProblems);
  return [{ start: at, end: Math.min(at + 1, text.length), message, hint }];
}

function problemsIn(
  text: string,
  length: number,
  isThere: (start: number, end: number) => boolean,
): readonly YamlProblem[] {
  const read = { text: text.slice(0, length), isWhole: length === text.length };
  return documentsOf(read.text).flatMap((document) => problemsOf(document, read, isThere));
}

function documentsOf(text: string): readonly Document.Parsed[] {
  const documents = parseAllDocuments(text, {
    schema: "failsafe",
    prettyErrors: false,
    uniqueKeys: false,
    // They tell what was never closed.
    keepSourceTokens: true,
    logLevel: "silent",
  });
  return Array.isArray(documents) ? documents : [];
}
