import { isLinkedOutside, type CacheEntry } from "../../system/cache.ts";

/** What is to become of an entry of the cache, and why it stays. */
export type Fate = "remove" | "in-use" | "busy" | "recent";

export interface Judged {
  readonly entry: CacheEntry;
  readonly fate: Fate;
}

/** What decides besides the entries themselves. */
export interface Rules {
  /** What was last used before this time goes. */
  readonly usedBefore: number;
  /** Entries that a run is at work with. */
  readonly busy: ReadonlySet<CacheEntry>;
}

/** Chooses what goes: what was last used before a time, and is not what a VM stands on or a run works with. */
export function judge(entries: readonly CacheEntry[], rules: Rules): readonly Judged[] {
  return entries.map((entry) => ({ entry, fate: fateOf(entry, entries, rules) }));
}

function fateOf(entry: CacheEntry, all: readonly CacheEntry[], { usedBefore, busy }: Rules): Fate {
  if (isLinkedOutside(entry, all)) return "in-use";
  if (entry.usedAt >= usedBefore) return "recent";
  return busy.has(entry) ? "busy" : "remove";
}
