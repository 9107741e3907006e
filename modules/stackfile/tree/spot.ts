import { type Clearing, clearsNothing } from "./clearing.ts";
import type { Path } from "./node.ts";

/** What is cleared at a value. */
export interface Cleared {
  /** The value itself: `below` matters where it stands for a whole document, which nothing clears. */
  readonly isWhole: boolean;
  readonly below: Clearing;
}

export const uncleared: Cleared = { isWhole: false, below: clearsNothing };

/** A value of a document that is read: where it is, and what is cleared there. A path is written out only where something is said of it. */
export class Spot {
  cleared: Cleared = uncleared;
  readonly #above: Spot | undefined;
  readonly #key: string | number;

  private constructor(above: Spot | undefined, key: string | number) {
    this.#above = above;
    this.#key = key;
  }

  static root(): Spot {
    return new Spot(undefined, "");
  }

  below(key: string | number): Spot {
    return new Spot(this, key);
  }

  /** For a part without a key of its own: what it clears is not cleared here unless somebody says so. */
  part(): Spot {
    return new Spot(this.#above, this.#key);
  }

  get path(): Path {
    const path: (string | number)[] = [];
    this.#writeTo(path);
    return path;
  }

  #writeTo(path: (string | number)[]): void {
    if (this.#above === undefined) return;
    this.#above.#writeTo(path);
    path.push(this.#key);
  }
}
