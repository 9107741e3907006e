/** How much a load may still take of what a little text stands for any amount of. */
export class Budget {
  #left: number;

  constructor(amount: number) {
    this.#left = amount;
  }

  /** Negative when more was taken than there was. */
  get left(): number {
    return this.#left;
  }

  /** Whether there was as much. */
  take(amount: number): boolean {
    this.#left -= amount;
    return this.#left >= 0;
  }
}
