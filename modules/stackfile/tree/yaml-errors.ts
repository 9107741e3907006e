import { type CST, type Document, isCollection, isScalar, visit, type YAMLParseError } from "yaml";
import { inWords } from "./yaml-words.ts";

/** What is wrong in the text of a YAML file, and where. */
export interface YamlProblem {
  readonly start: number;
  readonly end: number;
  readonly message: string;
  readonly hint?: string | undefined;
}

/** What go-yaml does not read. YAML 1.2.2, section 5.1, has U+007F to U+009F besides. Source: its readerc.go. */
const control = /[\0-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]/;

/** The first character that no YAML file may have. */
export function forbiddenCharacter(text: string): YamlProblem | undefined {
  const found = control.exec(text);
  if (found === null) return undefined;
  const code = found[0].charCodeAt(0).toString(16).toUpperCase().padStart(4, "0");
  return {
    start: found.index,
    end: found.index + 1,
    message: `the control character U+${code} may not be in a YAML file`,
    hint: "is this a text file?",
  };
}

/** Without an escape of go-yaml that YAML does not have: `\'` in double quotes. */
function errorsOf(document: Document, text: string): readonly ParseError[] {
  return document.errors.filter(({ code, pos: [at] }) => code !== "BAD_DQ_ESCAPE" || !text.startsWith("\\'", at));
}

/** The text of a file, or the beginning of it. */
interface ReadText {
  readonly text: string;
  readonly isWhole: boolean;
}

/**
 * The errors of the parser where one is looked for, as people look for their cause. One that was never closed is the cause of many.
 *
 * Only these are put into words, since a text may have an error in each character.
 */
export function problemsOf(
  document: Document,
  { text, isWhole }: ReadText,
  isThere: (start: number, end: number) => boolean,
): readonly YamlProblem[] {
  // What is open where the reading ended may be closed behind it.
  const errors = errorsOf(document, text).filter(({ pos }) => isWhole || pos[1] < text.length);
  if (errors.length === 0) return [];
  const opened = isWhole ? neverClosed(document) : [];
  const problems = new Map<string, YamlProblem>();
  for (const error of errors) {
    const [start, end] = error.pos;
    const bracket = lastUpTo(start, opened);
    if (bracket === undefined && !isThere(start, Math.max(start + 1, end))) continue;
    const problem = bracket === undefined ? problemOf(error, text) : openProblem(bracket, text);
    if (isThere(problem.start, problem.end)) problems.set(JSON.stringify(problem), problem);
  }
  return [...problems.values()];
}

type ParseError = Pick<YAMLParseError, "pos" | "code" | "message">;

/** `offsets`: ascending. */
function lastUpTo(most: number, offsets: readonly number[]): number | undefined {
  let low = 0;
  let high = offsets.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((offsets[middle] ?? 0) <= most) low = middle + 1;
    else high = middle;
  }
  return offsets[low - 1];
}

function openProblem(at: number, text: string): YamlProblem {
  return { start: at, end: at + 1, message: `the ${text[at] ?? ""} that opens here is never closed` };
}

function problemOf({ code, message, pos: [start, end] }: ParseError, text: string): YamlProblem {
  const said = /stack/i.test(message) ? tooDeep : message;
  return inWords(code, said, text, [start, Math.max(start + 1, end)]);
}

const tooDeep = "the file is nested too deeply";

/** Where quotes and brackets open that the parser did not see closed. */
function neverClosed(document: Document): readonly number[] {
  const opened: number[] = [];
  visit(document, {
    Node(_key, node) {
      const token = isScalar(node) || isCollection(node) ? node.srcToken : undefined;
      if (token !== undefined && isOpen(token)) opened.push(token.offset);
    },
  });
  return opened;
}

function isOpen(token: CST.Token): boolean {
  if (token.type === "flow-collection") return token.end.length === 0;
  if (token.type === "double-quoted-scalar") return !/^"(?:[^"\\]|\\[^])*"$/.test(token.source);
  return token.type === "single-quoted-scalar" && !/^'(?:[^']|'')*'$/.test(token.source);
}
