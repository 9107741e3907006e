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
  // What a run is making stands on other entries as a VM does.
  const settled = entries.filter((entry) => entry.kind.endLeftover === undefined || !rules.busy.has(entry));
  return entries.map((entry) => ({ entry, fate: fateOf(entry, settled, rules) }));
}

function fateOf(entry: CacheEntry, settled: readonly CacheEntry[], { usedBefore, busy }: Rules): Fate {
  if (entry.kind.endLeftover !== undefined) return busy.has(entry) ? "busy" : "remove";
  if (isLinkedOutside(entry, settled)) return "in-use";
  if (entry.usedAt >= usedBefore) return "recent";
  return busy.has(entry) ? "busy" : "remove";
}
