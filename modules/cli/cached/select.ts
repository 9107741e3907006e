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

/**
 * Chooses what goes: what was last used before a time, and is not what a VM stands on or a run works with, and what killed runs have left.
 */
export function judge(entries: readonly CacheEntry[], rules: Rules): readonly Judged[] {
  // What a VM of the cache stands on that stays is in use, as what any other VM stands on.
  const settled = entries.filter((entry) => entry.kind.end === undefined || fateOfVm(entry, rules) === "remove");
  return entries.map((entry) => ({
    entry,
    fate: entry.kind.end === undefined ? fateOf(entry, settled, rules) : fateOfVm(entry, rules),
  }));
}

function fateOfVm(entry: CacheEntry, { usedBefore, busy }: Rules): Fate {
  if (entry.kind.ofRuns) return busy.has(entry) ? "busy" : "remove";
  return entry.usedAt >= usedBefore ? "recent" : "remove";
}

function fateOf(entry: CacheEntry, settled: readonly CacheEntry[], { usedBefore, busy }: Rules): Fate {
  if (isLinkedOutside(entry, settled)) return "in-use";
  if (entry.usedAt >= usedBefore) return "recent";
  return busy.has(entry) ? "busy" : "remove";
}
