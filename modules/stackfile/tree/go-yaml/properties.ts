import { code, isBlank, isBlankOrEnd, isBreakOrEnd } from "../characters.ts";
import { type Cursor, SyntaxProblem } from "./cursor.ts";

/** Of visible ASCII, without what ends a name. Source: scanner.go of go-yaml, isAnchorChar. */
const anchorName = /[!-+\--9;-Z\\^-z|~]*/y;

/** The name behind `&` or `*`. */
export function scanAnchor(cursor: Cursor): string {
  const start = cursor.at;
  cursor.at++;
  const name = take(cursor, anchorName);
  if (name === "") {
    const sign = cursor.text.charAt(start);
    const hint =
      sign === "*"
        ? "put the value in quotes: an alias is * and the name of an anchor"
        : "put the value in quotes: an anchor is & and a name";
    throw new SyntaxProblem(`a name is missing behind this ${sign}`, start, { hint });
  }
  if (!isBlankOrEnd(cursor.code()) && !/[:,\]}]/.test(cursor.text.charAt(cursor.at))) {
    throw new SyntaxProblem(
      "the name of an anchor may only have letters of ASCII, digits and signs, and no colon",
      start,
    );
  }
  return name;
}

/** A tag in two parts; `handle` is empty where the suffix is the whole. */
export interface Tag {
  readonly handle: string;
  readonly suffix: string;
}

const handlePattern = /![0-9A-Za-z_-]*!?/y;
const tagPattern = /(?:[0-9A-Za-z_;/?:@&=+$.!~*'()-]|%[0-9a-fA-F]{2})*/y;
const verbatimPattern = /(?:[0-9A-Za-z_;/?:@&=+$.!~*'(),[\]{}-]|%[0-9a-fA-F]{2})*/y;

export function scanTag(cursor: Cursor): Tag {
  const tag = cursor.code(1) === code.less ? takeVerbatim(cursor) : takeShort(cursor);
  if (!isBlankOrEnd(cursor.code())) {
    const character = String.fromCodePoint(cursor.text.codePointAt(cursor.at) ?? 0);
    throw new SyntaxProblem(`a space is missing behind the tag, before ${character}`, cursor.at);
  }
  return tag;
}

function takeVerbatim(cursor: Cursor): Tag {
  const start = cursor.at;
  cursor.at += 2;
  const suffix = decoded(take(cursor, verbatimPattern), start);
  if (suffix === "" || cursor.code() !== code.greater) throw new SyntaxProblem("the tag does not end with >", start);
  cursor.at++;
  return { handle: "", suffix };
}

function takeShort(cursor: Cursor): Tag {
  const start = cursor.at;
  const handle = take(cursor, handlePattern);
  const rest = decoded(take(cursor, tagPattern), start);
  if (handle.length > 1 && handle.endsWith("!")) {
    if (rest === "") throw new SyntaxProblem("the tag has no name", start);
    return { handle, suffix: rest };
  }
  const suffix = handle.slice(1) + rest;
  return suffix === "" ? { handle: "", suffix: "!" } : { handle: "!", suffix };
}

function decoded(text: string, start: number): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new SyntaxProblem("the tag has escapes that are no text", start);
  }
}

export type Directive =
  { readonly name: "YAML"; readonly version: string } | ({ readonly name: "TAG" } & { handle: string; prefix: string });

export function scanDirective(cursor: Cursor): Directive {
  const start = cursor.at;
  cursor.at++;
  const name = take(cursor, /[0-9A-Za-z_-]*/y);
  if (!isBlankOrEnd(cursor.code()) || (name !== "YAML" && name !== "TAG")) {
    throw new SyntaxProblem("a line that begins with % is a directive, and this is none", start);
  }
  cursor.skipBlanks();
  const directive = name === "YAML" ? takeVersion(cursor, start) : takeTagDirective(cursor, start);
  cursor.skipBlanks();
  if (cursor.code() === code.hash) cursor.skipToBreak();
  if (!isBreakOrEnd(cursor.code())) throw new SyntaxProblem("there is more than a directive on this line", start);
  cursor.takeBreak();
  return directive;
}

function takeVersion(cursor: Cursor, start: number): Directive {
  const version = take(cursor, /[0-9]{1,2}\.[0-9]{1,2}(?![0-9])|/y);
  if (version === "") throw new SyntaxProblem("this is no version of YAML", start, { hint: "remove the line" });
  return { name: "YAML", version };
}

function takeTagDirective(cursor: Cursor, start: number): Directive {
  const handle = take(cursor, /![0-9A-Za-z_-]+!|!!?|/y);
  const hasBlank = isBlank(cursor.code());
  cursor.skipBlanks();
  const prefix = decoded(take(cursor, verbatimPattern), start);
  if (handle === "" || !hasBlank || prefix === "" || !isBlankOrEnd(cursor.code())) {
    throw new SyntaxProblem("this is no %TAG directive", start);
  }
  return { name: "TAG", handle, prefix };
}

function take(cursor: Cursor, pattern: RegExp): string {
  pattern.lastIndex = cursor.at;
  const [text = ""] = pattern.exec(cursor.text) ?? [];
  cursor.at += text.length;
  return text;
}
