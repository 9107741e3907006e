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

/** What go-yaml takes for an anchor: of visible ASCII, without what ends one. Source: its scanner.go, isAnchorChar. */
export const anchorName = /^[!-+\--9;-Z\\^-z|~]+$/;

/** What makes a text unreadable. go-yaml knows `\'` as an escape in double quotes, which YAML does not. */
export function errorsOf(document: Document, text: string): readonly ParseError[] {
  return document.errors.filter(({ code, pos: [at] }) => code !== "BAD_DQ_ESCAPE" || !text.startsWith("\\'", at));
}

/** The errors of the parser, as people look for their cause. One that was never closed is the cause of many. */
export function problemsOf(document: Document, text: string): readonly YamlProblem[] {
  const errors = errorsOf(document, text);
  if (errors.length === 0) return [];
  const opened = neverClosed(document);
  const problems = errors.map((error) => problemOf(error, opened, text));
  return [...new Map(problems.map((problem) => [JSON.stringify(problem), problem])).values()];
}

type ParseError = Pick<YAMLParseError, "pos" | "code" | "message">;

/** `neverClosed`: offsets, ascending. */
function problemOf(error: ParseError, neverClosed: readonly number[], text: string): YamlProblem {
  const [start, end] = error.pos;
  const opened = neverClosed.findLast((offset) => offset <= start);
  if (opened !== undefined) {
    const bracket = text[opened] ?? "";
    return { start: opened, end: opened + 1, message: `the ${bracket} that opens here is never closed` };
  }
  const said = /stack/i.test(error.message) ? tooDeep : error.message;
  return inWords(error.code, said, text, [start, Math.max(start + 1, end)]);
}

export const tooDeep = "the file is nested too deeply";

/** Where quotes and brackets open that the parser did not see closed. */
export function neverClosed(document: Document): readonly number[] {
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
