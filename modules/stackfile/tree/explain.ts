import { type Document, parseAllDocuments } from "yaml";
import type { SyntaxProblem } from "./go-yaml/cursor.ts";
import type { Source } from "./source.ts";
import { problemsOf, type YamlProblem } from "./yaml-errors.ts";

/** About a quarter of a second's worth. */
const longest = 500_000;

/**
 * What is wrong with a text that go-yaml refuses: what ended the reading, in the words of YAML 1.2 where its parser finds fault with
 * the same lines. Whatever that finds elsewhere may follow from the one mistake, or be none to go-yaml.
 */
export function explain({ at, from, message, hint }: SyntaxProblem, source: Source): readonly YamlProblem[] {
  const { text } = source;
  const lineOf = (offset: number): number => source.position(offset).line;
  const found = text.length > longest ? [] : documentsOf(text).flatMap((document) => problemsOf(document, text));
  const same = found.filter(({ start, end }) => lineOf(start) <= lineOf(at) && lineOf(end - 1) >= lineOf(from));
  return same.length > 0 ? same : [{ start: at, end: Math.min(at + 1, text.length), message, hint }];
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
