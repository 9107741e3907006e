import { scanBlock } from "./block.ts";
import { code, isBlank, isBlankOrEnd, isBreak } from "../characters.ts";
import { Cursor, indentWithSpaces, SyntaxProblem } from "./cursor.ts";
import { misplacedColon, missingColon } from "./mistakes.ts";
import { scanPlain } from "./plain.ts";
import { scanAnchor, scanDirective, scanTag } from "./properties.ts";
import { scanQuoted } from "./quoted.ts";
import { TokenQueue } from "./token-queue.ts";
import type { Sign, Token } from "./tokens.ts";

/** What turns out to be a key when a colon follows on its line. */
interface SimpleKey {
  /** In the column of a block map, where nothing else may stand. */
  readonly isRequired: boolean;
  readonly flowLevel: number;
  /** Among all tokens. */
  readonly token: number;
  readonly at: number;
  readonly line: number;
  readonly column: number;
}

/**
 * The tokens of a text, as go-yaml has them. Source: its scanner.go, of which the rules here are, the odd ones too: brackets and quotes
 * may go on in any column, and a key and its colon are on one line.
 */
export class Scanner {
  readonly #cursor: Cursor;
  readonly #tokens = new TokenQueue();
  #flowLevel = 0;
  /** The column of the innermost block collection, and of those around it; -1 outside of all. */
  #indent = -1;
  readonly #indents: number[] = [];
  #mayBeginKey = true;
  #key: SimpleKey | undefined;
  /** A required key that found no colon is an error, also when it can be none any more. */
  #required: SimpleKey | undefined;
  /** Keys that brackets may be, around the one that is read. */
  readonly #outerKeys: SimpleKey[] = [];
  /** How many of those were taken as something else. */
  #passed = 0;

  constructor(text: string) {
    this.#cursor = new Cursor(text);
  }

  /** The next token, which stays. */
  peek(): Token {
    while (this.#needsMore()) this.#fetch();
    return this.#tokens.peek() ?? this.#endToken();
  }

  take(): Token {
    const token = this.peek();
    this.#tokens.drop();
    return token;
  }

  /** The next token may be the beginning of a key, which only what follows on its line tells. */
  #needsMore(): boolean {
    if (this.#tokens.last?.kind === "end") return false;
    if (this.#tokens.isEmpty) return true;
    while ((this.#outerKeys[this.#passed]?.token ?? Infinity) < this.#tokens.first) this.#passed++;
    const first = this.#outerKeys[this.#passed] ?? this.#key;
    return first?.token === this.#tokens.first && first.line === this.#cursor.line;
  }

  #fetch(): void {
    const cursor = this.#cursor;
    this.#skipToToken();
    this.#unroll(cursor.column);
    const character = cursor.code();
    if (character === code.end) this.#fetchEnd();
    else if (cursor.column === 1 && character === code.percent) this.#fetchDirective();
    else if (cursor.isAtMarker) this.#fetchMarker(character === code.dash ? "document-start" : "document-end");
    else this.#fetchAt(character);
  }

  #fetchAt(character: number): void {
    const isAlone = isBlankOrEnd(this.#cursor.code(1));
    switch (character) {
      case code.openBracket:
        this.#openFlow("flow-list");
        break;
      case code.openBrace:
        this.#openFlow("flow-map");
        break;
      case code.closeBracket:
        this.#closeFlow("flow-list-end");
        break;
      case code.closeBrace:
        this.#closeFlow("flow-map-end");
        break;
      case code.comma:
        this.#fetchComma();
        break;
      case code.dash:
        if (isAlone) this.#fetchEntry();
        else this.#fetchPlain();
        break;
      case code.question:
        if (isAlone) this.#fetchKey();
        else this.#fetchPlain();
        break;
      case code.colon:
        if (isAlone || (this.#flowLevel > 0 && !this.#isAtItem())) this.#fetchValue();
        else this.#fetchPlain();
        break;
      case code.asterisk:
        this.#fetchNamed("alias");
        break;
      case code.ampersand:
        this.#fetchNamed("anchor");
        break;
      case code.exclamation:
        this.#fetchTag();
        break;
      case code.singleQuote:
      case code.doubleQuote:
        this.#fetchQuoted();
        break;
      case code.bar:
      case code.greater:
        if (this.#flowLevel > 0) this.#refuse();
        this.#fetchBlock();
        break;
      default:
        if (isBlank(character) || isReserved(character)) this.#refuse();
        this.#fetchPlain();
    }
  }

  #fetchComma(): void {
    this.#dropKey();
    this.#mayBeginKey = true;
    this.#pushSign("comma", 1);
  }

  #refuse(): never {
    const character = this.#cursor.text.charAt(this.#cursor.at);
    if (character === "\t") {
      throw new SyntaxProblem("a tab indents this line", this.#cursor.at, { hint: indentWithSpaces });
    }
    throw new SyntaxProblem(`a value may not begin with ${character}`, this.#cursor.at, { hint: "put it in quotes" });
  }

  /** Whether an item of a list in brackets begins here. */
  #isAtItem(): boolean {
    const last = this.#tokens.last?.kind;
    return last === "comma" || last === "flow-list";
  }

  #pushSign(kind: Sign["kind"], length: number): void {
    const { at } = this.#cursor;
    this.#cursor.at += length;
    this.#tokens.push({ kind, start: at, end: at + length });
  }

  #skipToToken(): void {
    const cursor = this.#cursor;
    for (;;) {
      const takesTabs = this.#flowLevel > 0 || !this.#mayBeginKey;
      for (let next = cursor.code(); next === code.space || (takesTabs && next === code.tab); next = cursor.code()) {
        cursor.at++;
      }
      if (cursor.code() === code.hash) cursor.skipToBreak();
      if (!isBreak(cursor.code())) return;
      cursor.takeBreak();
      if (this.#flowLevel === 0) this.#mayBeginKey = true;
    }
  }

  #saveKey(): void {
    if (!this.#mayBeginKey) return;
    this.#dropKey();
    const { at, line, column } = this.#cursor;
    const isRequired = this.#flowLevel === 0 && this.#indent === column;
    this.#key = { isRequired, flowLevel: this.#flowLevel, token: this.#tokens.next, at, line, column };
    this.#required = isRequired ? this.#key : undefined;
  }

  #dropKey(): void {
    if (this.#required !== undefined) {
      throw missingColon(this.#cursor.text, this.#required.at);
    }
    this.#key = undefined;
  }

  #roll(column: number, number: number | undefined, kind: "block-list" | "block-map", at: number): void {
    if (this.#flowLevel > 0 || this.#indent >= column) return;
    this.#indents.push(this.#indent);
    this.#indent = column;
    const token: Sign = { kind, start: at, end: at };
    if (number === undefined) this.#tokens.push(token);
    else this.#tokens.insert(number, token);
  }

  #unroll(column: number): void {
    if (this.#flowLevel > 0) return;
    const { at } = this.#cursor;
    for (; this.#indent > column; this.#indent = this.#indents.pop() ?? -1) {
      this.#tokens.push({ kind: "block-end", start: at, end: at });
    }
  }

  #endToken(): Token {
    const { at } = this.#cursor;
    return { kind: "end", start: at, end: at };
  }

  #fetchEnd(): void {
    this.#unroll(-1);
    this.#dropKey();
    this.#outerKeys.length = this.#passed = 0;
    this.#tokens.push(this.#endToken());
  }

  #fetchDirective(): void {
    this.#unroll(-1);
    this.#dropKey();
    this.#mayBeginKey = false;
    const { at: start } = this.#cursor;
    const directive = scanDirective(this.#cursor);
    this.#tokens.push({ kind: "directive", directive, start, end: this.#cursor.at });
  }

  #fetchMarker(kind: "document-start" | "document-end"): void {
    this.#unroll(-1);
    this.#dropKey();
    this.#mayBeginKey = false;
    this.#pushSign(kind, 3);
  }

  #openFlow(kind: "flow-list" | "flow-map"): void {
    this.#saveKey();
    this.#flowLevel++;
    if (this.#key !== undefined) this.#outerKeys.push(this.#key);
    this.#key = undefined;
    this.#required = undefined;
    this.#mayBeginKey = true;
    this.#pushSign(kind, 1);
  }

  #closeFlow(kind: "flow-list-end" | "flow-map-end"): void {
    this.#dropKey();
    if (this.#flowLevel > 0) {
      this.#flowLevel--;
      if (this.#outerKeys.at(-1)?.flowLevel === this.#flowLevel) {
        this.#key = this.#outerKeys.pop();
        this.#passed = Math.min(this.#passed, this.#outerKeys.length);
        this.#required = this.#key?.isRequired === true ? this.#key : undefined;
      }
    }
    this.#mayBeginKey = false;
    this.#pushSign(kind, 1);
  }

  #fetchEntry(): void {
    const { at, column } = this.#cursor;
    if (this.#flowLevel === 0) {
      if (!this.#mayBeginKey)
        throw new SyntaxProblem("a list begins on a line of its own", at, { hint: "put the dash below the key" });
      this.#roll(column, undefined, "block-list", at);
    }
    this.#dropKey();
    this.#mayBeginKey = true;
    this.#pushSign("entry", 1);
  }

  #fetchKey(): void {
    const { at, column } = this.#cursor;
    if (this.#flowLevel === 0) {
      if (!this.#mayBeginKey)
        throw new SyntaxProblem("a key may not begin here", at, { hint: "put it on a line of its own" });
      this.#roll(column, undefined, "block-map", at);
    }
    this.#dropKey();
    this.#mayBeginKey = this.#flowLevel === 0;
    this.#pushSign("key", 1);
  }

  #fetchValue(): void {
    const { at, line, column } = this.#cursor;
    const key = this.#key;
    if (key?.line === line) {
      this.#tokens.insert(key.token, { kind: "key", start: key.at, end: key.at });
      this.#roll(key.column, key.token, "block-map", key.at);
      this.#key = undefined;
      this.#required = undefined;
      this.#mayBeginKey = false;
    } else {
      if (this.#flowLevel === 0) {
        if (!this.#mayBeginKey) throw misplacedColon(this.#cursor.text, at, this.#tokens.last);
        this.#roll(column, undefined, "block-map", at);
      }
      this.#mayBeginKey = this.#flowLevel === 0;
    }
    this.#pushSign("value", 1);
  }

  #fetchNamed(kind: "anchor" | "alias"): void {
    this.#saveKey();
    this.#mayBeginKey = false;
    const { at: start } = this.#cursor;
    const name = scanAnchor(this.#cursor);
    this.#tokens.push({ kind, name, start, end: this.#cursor.at });
  }

  #fetchTag(): void {
    this.#saveKey();
    this.#mayBeginKey = false;
    const { at: start } = this.#cursor;
    const tag = scanTag(this.#cursor);
    this.#tokens.push({ kind: "tag", tag, start, end: this.#cursor.at });
  }

  #fetchBlock(): void {
    this.#dropKey();
    this.#mayBeginKey = true;
    const { at: start } = this.#cursor;
    this.#tokens.push({ kind: "scalar", isPlain: false, start, ...scanBlock(this.#cursor, this.#indent) });
  }

  #fetchQuoted(): void {
    this.#saveKey();
    this.#mayBeginKey = false;
    const { at: start } = this.#cursor;
    const text = scanQuoted(this.#cursor);
    this.#tokens.push({ kind: "scalar", isPlain: false, text, start, end: this.#cursor.at });
  }

  #fetchPlain(): void {
    this.#saveKey();
    this.#mayBeginKey = false;
    const { at: start } = this.#cursor;
    const around = { indent: this.#indent, inFlow: this.#flowLevel > 0 };
    const { text, end, endsLine } = scanPlain(this.#cursor, around);
    if (endsLine) this.#mayBeginKey = true;
    this.#tokens.push({ kind: "scalar", isPlain: true, text, start, end });
  }
}

const reserved = new Set(Array.from("%@`", (character) => character.charCodeAt(0)));

function isReserved(character: number): boolean {
  return reserved.has(character);
}
