import { type Document, parseAllDocuments } from "yaml";
import type { SyntaxProblem } from "./go-yaml/cursor.ts";
import { problemsOf, type YamlProblem } from "./yaml-errors.ts";

/** About a quarter of a second's worth. */
const longest = 500_000;

/**
 * What is wrong with a text that go-yaml refuses: where YAML 1.2 finds mistakes there, too, those, for its parser goes on behind the
 * first one; else what ended the reading.
 */
export function explain(problem: SyntaxProblem, text: string): readonly YamlProblem[] {
  const { at, from, message, hint } = problem;
  const line = text.lastIndexOf("\n", Math.max(0, from - 1)) + 1;
  const found = text.length > longest ? [] : documentsOf(text).flatMap((document) => problemsOf(document, text));
  const later = found.filter(({ end }) => end > line);
  return later.length > 0 ? later : [{ start: at, end: Math.min(at + 1, text.length), message, hint }];
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
