/**
 * Where `!reset` and `!override` stand below a value, by key; null: at what the key has, and so for all below that. Aliases of one
 * anchor share what they clear: it is no larger than the text.
 */
export type Clearing = ReadonlyMap<string, Clearing | null>;

export const clearsNothing: Clearing = new Map();

/** What either clears. `onLook` is told how many entries are looked at: where parts are shared, they may be more than the text has. */
export function clearedByEither(one: Clearing, other: Clearing, onLook: (entries: number) => void): Clearing {
  if (one.size === 0 || one === other) return other;
  if (other.size === 0) return one;
  onLook(one.size + other.size);
  const either = new Map(one);
  for (const [key, below] of other) {
    const known = either.get(key);
    either.set(key, known === undefined ? below : known && below && clearedByEither(known, below, onLook));
  }
  return either;
}
