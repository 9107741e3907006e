import { type Document, parseAllDocuments } from "yaml";
import { reflow, type Reflowed } from "./reflow.ts";
import { errorsOf, neverClosed } from "./yaml-errors.ts";

/** A text as YAML, with its errors. */
export interface ParsedText extends Reflowed {
  readonly documents: readonly Document.Parsed[];
}

/** More than that are left open by a broken file, and not by one that is written loosely. */
const most = 100;

/** Reads a text; where brackets or quotes seem to stay open, once more with the lines between them indented. */
export function parseText(text: string): ParsedText {
  const same = (offset: number): number => offset;
  const parsed = parseDocuments(text);
  const opened = parsed.flatMap((document) => (errorsOf(document, text).length > 0 ? neverClosed(document) : []));
  if (opened.length === 0 || opened.length > most) return { documents: parsed, text, original: same };
  const reflowed = reflow(text, opened);
  const documents = reflowed.text === text ? parsed : parseDocuments(reflowed.text);
  const isBetter = documents.every((document) => errorsOf(document, reflowed.text).length === 0);
  return isBetter ? { ...reflowed, documents } : { documents: parsed, text, original: same };
}

function parseDocuments(text: string): readonly Document.Parsed[] {
  const documents = parseAllDocuments(text, {
    // Every plain scalar comes as its text: `resolvePlain` has the rules that Compose follows.
    schema: "failsafe",
    prettyErrors: false,
    uniqueKeys: false,
    // They tell what was never closed.
    keepSourceTokens: true,
    logLevel: "silent",
  });
  return Array.isArray(documents) ? documents : [];
}
