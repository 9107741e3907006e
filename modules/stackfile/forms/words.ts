export interface Words {
  readonly words: readonly string[];
  /** Where the command ended, as it does in Compose: the offset of a `;`, `&`, `|`, `<` or `>` outside quotes. */
  readonly cutAt?: number;
}

type Region = "plain" | "single" | "double" | "backtick" | "substitution";

/**
 * Splits a command string into its words: quotes and backslashes as in a shell, but no shell. Backticks and `$(…)` are kept
 * as they stand. Undefined where a quote is left open or a parenthesis stands alone.
 * The rules are those of github.com/mattn/go-shellwords, which Compose uses.
 */
export function splitWords(text: string): Words | undefined {
  const words: string[] = [];
  let word = "";
  /** Quotes make a word even of nothing. */
  let quoted = false;
  let region: Region = "plain";
  const flush = (): void => {
    if (word !== "" || quoted) words.push(word);
    word = "";
    quoted = false;
  };
  for (let at = 0; at < text.length; at++) {
    const end = ordinaryEnd(text, at);
    word += text.slice(at, end);
    if (end === text.length) break;
    at = end;
    const character = text.charAt(at);
    if (character === "\\" && region !== "single") {
      if (++at >= text.length) return undefined;
      word += escaped(text.charAt(at), region);
      continue;
    }
    const next = nextRegion(region, character, word);
    if (next === undefined) return undefined;
    const isQuote = region === next ? false : character === "'" || character === '"';
    if (isQuote) quoted ||= next === "plain";
    else if (region === "plain" && next === "plain" && blanks.includes(character)) flush();
    else if (region === "plain" && operators.includes(character)) {
      if (character === ">" && /^\d+$/.test(word)) {
        word = "";
        quoted = false;
      }
      flush();
      return { words, cutAt: at };
    } else word += character;
    region = next;
  }
  if (region !== "plain") return undefined;
  flush();
  return { words };
}

const blanks = " \t\r\n";
const operators = ";&|<>";
const special: ReadonlySet<number> = new Set(
  Array.from(`${blanks}${operators}\\'"\`()`, (character) => character.charCodeAt(0)),
);

/** Where characters end that are a part of a word wherever they stand. */
function ordinaryEnd(text: string, start: number): number {
  let end = start;
  while (end < text.length && !special.has(text.charCodeAt(end))) end++;
  return end;
}

function escaped(character: string, region: Region): string {
  if (region === "backtick" || region === "substitution") return `\\${character}`;
  return character === "t" ? "\t" : character === "n" ? "\n" : character;
}

/** The region after this character; undefined where the character may not stand here. */
function nextRegion(region: Region, character: string, word: string): Region | undefined {
  switch (character) {
    case "'":
      return toggle(region, "single");
    case '"':
      return toggle(region, "double");
    case "`":
      return toggle(region, "backtick");
    case "(":
      if (region === "plain") return word.endsWith("$") && !word.endsWith("\\$") ? "substitution" : undefined;
      return region === "substitution" ? undefined : region;
    case ")":
      if (region === "plain") return undefined;
      return region === "substitution" ? "plain" : region;
    default:
      return region;
  }
}

function toggle(region: Region, quote: Region): Region {
  if (region === quote) return "plain";
  return region === "plain" ? quote : region;
}
