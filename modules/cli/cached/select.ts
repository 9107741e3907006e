import { isLinkedOutside, type CacheEntry } from "../../system/cache.ts";

/** What is to become of an entry of the cache, and why it stays. */
export type Fate = "remove" | "in-use" | "recent";

export interface Judged {
  readonly entry: CacheEntry;
  readonly fate: Fate;
}

/** Chooses what goes: what was last used before a time, and is not what a VM stands on. */
export function judge(entries: readonly CacheEntry[], usedBefore: number): readonly Judged[] {
  return entries.map((entry) => ({ entry, fate: fateOf(entry, entries, usedBefore) }));
}

function fateOf(entry: CacheEntry, all: readonly CacheEntry[], usedBefore: number): Fate {
  if (isLinkedOutside(entry, all)) return "in-use";
  return entry.usedAt < usedBefore ? "remove" : "recent";
}
