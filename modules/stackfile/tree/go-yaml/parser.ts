import { deepest, mostValues } from "../limits.ts";
import { SyntaxProblem } from "./cursor.ts";
import { missingComma, notOfCollection } from "./mistakes.ts";
import { Scanner } from "./scanner.ts";
import type { Token } from "./tokens.ts";
import { isAbsent, type ListSyntax, type MapSyntax, type Pair, type Properties } from "./syntax.ts";
import type { ScalarSyntax, Syntax } from "./syntax.ts";

/** One document of a text; `contents` is absent where it has none. */
export interface DocumentSyntax {
  readonly contents: Syntax;
}

export interface ParsedText {
  readonly documents: readonly DocumentSyntax[];
  /** What ended the reading. */
  readonly problem: SyntaxProblem | undefined;
}

/** The documents of a text as go-yaml has them, up to the first mistake. Source: its parser.go. */
export function parseSyntax(text: string): ParsedText {
  const documents: DocumentSyntax[] = [];
  try {
    for (const document of new Parser(text).documents()) documents.push(document);
    return { documents, problem: undefined };
  } catch (error) {
    if (error instanceof SyntaxProblem) return { documents, problem: error };
    throw error;
  }
}

type Kind = Token["kind"];

const core = "tag:yaml.org,2002:";

class Parser {
  readonly #text: string;
  readonly #scanner: Scanner;
  /** Where the brackets open that are not closed yet. */
  readonly #open: number[] = [];
  /** The last scalar that is no plain one. */
  #quoted: Token | undefined;
  readonly #prefixes = new Map<string, string>();
  #depth = 0;
  #size = 0;

  constructor(text: string) {
    this.#text = text;
    this.#scanner = new Scanner(text);
  }

  *documents(): Iterable<DocumentSyntax> {
    for (let isFirst = true; ; isFirst = false) {
      while (this.#nextIs("document-end")) this.#scanner.take();
      if (this.#nextIs("end")) return;
      const hasDirectives = this.#takeDirectives();
      const next = this.#scanner.peek();
      if (next.kind === "document-start") {
        this.#scanner.take();
        yield { contents: this.#documentContents() };
      } else {
        if (hasDirectives) throw new SyntaxProblem("behind directives a line --- is missing", next.start);
        if (!isFirst) throw new SyntaxProblem("a document that follows another one begins with ---", next.start);
        yield { contents: this.#node("block") };
      }
      if (this.#nextIs("document-end")) this.#scanner.take();
    }
  }

  #documentContents(): Syntax {
    if (!this.#nextIs("directive", "document-start", "document-end", "end")) return this.#node("block");
    const { start } = this.#scanner.peek();
    this.#count(start);
    return absent(start);
  }

  #count(at: number): void {
    if (++this.#size > mostValues) throw new SyntaxProblem(`the file has more than ${mostValues} values`, at);
  }

  #takeDirectives(): boolean {
    this.#prefixes.clear();
    let hasVersion = false;
    let count = 0;
    for (let next = this.#scanner.peek(); next.kind === "directive"; next = this.#scanner.peek()) {
      const { directive, start } = next;
      if (directive.name === "YAML") {
        if (directive.version !== "1.1" || hasVersion) {
          throw new SyntaxProblem("a YAML version may not be named", start, { hint: "remove the line" });
        }
        hasVersion = true;
      } else {
        if (this.#prefixes.has(directive.handle)) {
          throw new SyntaxProblem(`the tag handle ${directive.handle} is already declared`, start);
        }
        this.#prefixes.set(directive.handle, directive.prefix);
      }
      this.#scanner.take();
      count++;
    }
    return count > 0;
  }

  #nextIs(...kinds: readonly Kind[]): boolean {
    return kinds.includes(this.#scanner.peek().kind);
  }

  /** `place`: what may stand here; a list in the column of its key is one of a `value`. */
  #node(place: "block" | "value" | "flow"): Syntax {
    const first = this.#scanner.peek();
    if (first.kind === "alias") {
      this.#scanner.take();
      return { kind: "alias", anchor: first.name, start: first.start, end: first.end };
    }
    this.#count(first.start);
    if (++this.#depth > deepest) throw new SyntaxProblem("the file is nested too deeply", first.start);
    const { properties, end } = this.#properties();
    const node = this.#value(place, properties, end ?? first.start, end !== undefined);
    this.#depth--;
    return node;
  }

  #value(place: "block" | "value" | "flow", properties: Properties, at: number, hasProperties: boolean): Syntax {
    const token = this.#scanner.peek();
    if (token.kind === "scalar") {
      this.#scanner.take();
      const { text, isPlain, start, end } = token;
      if (!isPlain) this.#quoted = token;
      return { kind: "scalar", text, isPlain, start, end, ...properties };
    }
    if (token.kind === "flow-list") return this.#flowList(properties);
    if (token.kind === "flow-map") return this.#flowMap(properties);
    if (token.kind === "block-list" && place !== "flow") return this.#blockList(properties);
    if (token.kind === "block-map" && place !== "flow") return this.#blockMap(properties);
    if (token.kind === "entry" && place === "value") return this.#listInColumnOfKey(properties);
    if (hasProperties) return { ...absent(at), ...properties };
    const open = this.#open.at(-1);
    if (open !== undefined && token.kind === "end") throw missingComma(this.#text, open, token);
    throw new SyntaxProblem("a value is missing here", token.start);
  }

  /** An anchor and a tag, in either order. `end`: where they end, if there are any. */
  #properties(): { readonly properties: Properties; readonly end: number | undefined } {
    let anchor: string | undefined;
    let tag: string | undefined;
    let end: number | undefined;
    for (let next = this.#scanner.peek(); ; next = this.#scanner.peek()) {
      if (next.kind === "anchor" && anchor === undefined) anchor = next.name;
      else if (next.kind === "tag" && tag === undefined) tag = this.#resolveTag(next);
      else break;
      this.#scanner.take();
      ({ end } = next);
    }
    return { properties: { ...(anchor === undefined ? {} : { anchor }), ...(tag === undefined ? {} : { tag }) }, end };
  }

  #resolveTag({ tag: { handle, suffix }, start }: Extract<Token, { kind: "tag" }>): string {
    if (handle === "") return suffix;
    const prefix = this.#prefixes.get(handle) ?? (handle === "!" ? "!" : handle === "!!" ? core : undefined);
    if (prefix === undefined) throw new SyntaxProblem(`the tag handle ${handle} is not declared`, start);
    return prefix + suffix;
  }

  #blockList(properties: Properties): ListSyntax {
    const { start } = this.#scanner.take();
    const items: Syntax[] = [];
    while (this.#nextIs("entry")) items.push(this.#item("entry", "block-end"));
    const end = this.#expectBlockEnd("list");
    return { kind: "list", items, isFlow: false, start, end, ...properties };
  }

  #listInColumnOfKey(properties: Properties): ListSyntax {
    const { start } = this.#scanner.peek();
    const items: Syntax[] = [];
    while (this.#nextIs("entry")) items.push(this.#item("entry", "key", "value", "block-end"));
    return { kind: "list", items, isFlow: false, start, end: this.#scanner.peek().start, ...properties };
  }

  /** What follows a dash, unless it is one of these. */
  #item(...others: readonly Kind[]): Syntax {
    const { end } = this.#scanner.take();
    return this.#nextIs(...others) ? absent(end) : this.#node("block");
  }

  #blockMap(properties: Properties): MapSyntax {
    const { start } = this.#scanner.take();
    const pairs: Pair[] = [];
    while (this.#nextIs("key")) {
      const key = this.#keyOrValue();
      pairs.push({ key, value: this.#nextIs("value") ? this.#keyOrValue() : absent(key.end) });
    }
    const end = this.#expectBlockEnd("map");
    return { kind: "map", pairs, isFlow: false, start, end, ...properties };
  }

  /** What follows the sign of a key, or of its value. */
  #keyOrValue(): Syntax {
    const { end } = this.#scanner.take();
    return this.#nextIs("key", "value", "block-end") ? absent(end) : this.#node("value");
  }

  #expectBlockEnd(collection: "list" | "map"): number {
    const next = this.#scanner.peek();
    if (next.kind !== "block-end") throw notOfCollection(this.#text, next, collection, this.#quoted);
    return this.#scanner.take().end;
  }

  #flowList(properties: Properties): ListSyntax {
    const { start } = this.#scanner.take();
    this.#open.push(start);
    const items: Syntax[] = [];
    while (this.#hasMore("flow-list-end", start, items.length === 0)) {
      items.push(this.#nextIs("key") ? this.#pairInList() : this.#node("flow"));
    }
    this.#open.pop();
    return { kind: "list", items, isFlow: true, start, end: this.#scanner.take().end, ...properties };
  }

  #flowMap(properties: Properties): MapSyntax {
    const { start } = this.#scanner.take();
    this.#open.push(start);
    const pairs: Pair[] = [];
    while (this.#hasMore("flow-map-end", start, pairs.length === 0)) {
      if (this.#nextIs("key")) pairs.push(this.#pair("flow-map-end"));
      else {
        const key = this.#node("flow");
        pairs.push({ key, value: absent(key.end) });
      }
    }
    this.#open.pop();
    return { kind: "map", pairs, isFlow: true, start, end: this.#scanner.take().end, ...properties };
  }

  /** Goes over the comma before an item, if there is another. */
  #hasMore(end: "flow-list-end" | "flow-map-end", start: number, isFirst: boolean): boolean {
    if (this.#nextIs(end)) return false;
    if (isFirst) return true;
    const next = this.#scanner.peek();
    if (next.kind !== "comma") throw missingComma(this.#text, start, next);
    this.#scanner.take();
    return !this.#nextIs(end);
  }

  /** `[a: b]`: a map of one pair. */
  #pairInList(): MapSyntax {
    const { start } = this.#scanner.peek();
    const pair = this.#pair("flow-list-end");
    if (isAbsent(pair.key)) throw new SyntaxProblem("a key is missing here", start);
    return { kind: "map", pairs: [pair], isFlow: true, start, end: pair.value.end };
  }

  #pair(close: "flow-list-end" | "flow-map-end"): Pair {
    const { end } = this.#scanner.take();
    const key = this.#nextIs("value", "comma", close) ? absent(end) : this.#node("flow");
    if (!this.#nextIs("value")) return { key, value: absent(key.end) };
    const sign = this.#scanner.take();
    return { key, value: this.#nextIs("comma", close) ? absent(sign.end) : this.#node("flow") };
  }
}

function absent(at: number): ScalarSyntax {
  return { kind: "scalar", text: "", isPlain: true, start: at, end: at };
}
