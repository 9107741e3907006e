import { SyntaxProblem } from "./cursor.ts";
import type { Sign, Token } from "./tokens.ts";

/** A line in brackets is read to its end before it is known whether a colon follows. */
const mostAhead = 2_000_000;

/** The tokens that were read and not taken yet. Each has a number: how many come before it in the text. */
export class TokenQueue {
  /** Those ahead, from `#head` on. */
  #tokens: Token[] = [];
  #head = 0;
  #taken = 0;
  /** The newest one. */
  #last: Token | undefined;

  get isEmpty(): boolean {
    return this.#head === this.#tokens.length;
  }

  get last(): Token | undefined {
    return this.#last;
  }

  /** The number of the token that is taken next. */
  get first(): number {
    return this.#taken;
  }

  /** The number of the token that is pushed next. */
  get next(): number {
    return this.#taken + this.#tokens.length - this.#head;
  }

  peek(): Token | undefined {
    return this.#tokens[this.#head];
  }

  drop(): void {
    this.#head++;
    this.#taken++;
    if (!this.isEmpty) return;
    this.#tokens = [];
    this.#head = 0;
  }

  push(token: Token): void {
    if (this.#tokens.length > mostAhead) throw new SyntaxProblem("there are too many values on this line", token.start);
    this.#tokens.push(token);
    this.#last = token;
  }

  /** Before the token of that number. */
  insert(number: number, token: Sign): void {
    const index = this.#head + number - this.#taken;
    if (index >= this.#tokens.length) this.push(token);
    else this.#tokens.splice(index, 0, token);
  }
}
