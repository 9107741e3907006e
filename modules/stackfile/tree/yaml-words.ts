/** What the parser says of a text, as its writer sees it: what stands there, not what the parser was about to read. */
export interface Words {
  readonly start: number;
  readonly end: number;
  readonly message: string;
  readonly hint: string | undefined;
}

const quoteIt = "a value that contains ': ' needs quotes; a key needs a colon and a space";
const oneColumn = "lines of one level begin in one column";

/** @param said The parser's own message, for what needs no other. */
export function inWords(code: string, said: string, text: string, [start, end]: readonly [number, number]): Words {
  switch (code) {
    case "TAB_AS_INDENT":
      return { start, end, message: "a tab indents this line", hint: "indent with spaces; YAML does not allow tabs" };
    case "BAD_INDENT":
      return { ...lineAt(text, start), message: "this line is indented unlike those beside it", hint: oneColumn };
    case "MULTILINE_IMPLICIT_KEY":
    case "BLOCK_AS_IMPLICIT_KEY": {
      const line = lineAt(text, start);
      if (!/^-(?:\s|$)/.test(text.slice(line.start, line.end))) return { start, end, message: said, hint: quoteIt };
      return {
        ...line,
        message: "a list item stands among the keys of a map",
        hint: "a list stands below a key of its own, or in its place; a key needs a colon",
      };
    }
    default:
      return { start, end, message: said, hint: text[start] === "\t" ? "indent with spaces, not tabs" : undefined };
  }
}

/** The line that a position is in, or the indentation before it, without the white space around. */
function lineAt(text: string, position: number): { readonly start: number; readonly end: number } {
  const indentation = /[ \t]*/y;
  indentation.lastIndex = position;
  const start = position + (indentation.exec(text)?.[0].length ?? 0);
  const restOfLine = /[^\r\n]*/y;
  restOfLine.lastIndex = start;
  const rest = restOfLine.exec(text)?.[0].trimEnd() ?? "";
  return { start, end: start + Math.max(1, rest.length) };
}
