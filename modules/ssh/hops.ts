import type { DialPoint } from "./types.ts";

/** A server on the way to a host, or the host itself. */
export class Hop {
  /** Resolves when it is dialled: its name has an address. */
  readonly begun: Promise<void>;
  /** Resolves at its first bytes. */
  readonly answered: Promise<void>;
  begin = (): void => undefined;
  answer = (): void => undefined;

  constructor() {
    this.begun = new Promise((resolve) => (this.begin = resolve));
    this.answered = new Promise((resolve) => (this.answer = resolve));
  }
}

/** The servers that have to answer, one after the other, as far as a dial has told. */
export class Hops {
  readonly inOrder: readonly Hop[];
  readonly #host = new Hop();
  readonly #jumpHost: Hop | undefined;

  constructor(way: "straight" | "through a jump host") {
    this.#jumpHost = way === "straight" ? undefined : new Hop();
    this.inOrder = this.#jumpHost === undefined ? [this.#host] : [this.#jumpHost, this.#host];
  }

  note({ phase, jumpHost }: DialPoint): void {
    const hop = jumpHost === undefined ? this.#host : this.#jumpHost;
    // One behind which another is dialled has answered, maybe before anybody was told.
    if (hop === this.#host) {
      this.#jumpHost?.begin();
      this.#jumpHost?.answer();
    }
    if (phase !== "address") hop?.begin();
    if (phase === "key exchange" || phase === "authentication") hop?.answer();
  }
}
