import { type Clearing, clearsNothing } from "../tree/clearing.ts";
import type { Entry, Node } from "../tree/node.ts";

/** What of a clearing is below a key, where the key itself stays. */
export function clearingBelow(clearing: Clearing, key: string): Clearing {
  return clearing.get(key) ?? clearsNothing;
}

/** The tree without what is cleared. Items of lists stay. */
export function clear(node: Node, clearing: Clearing): Node {
  if (node.kind !== "map") return node;
  let entries: Map<string, Entry> | undefined;
  for (const [key, below] of clearing) {
    const entry = node.entries.get(key);
    if (entry === undefined) continue;
    const value = below === null ? undefined : clear(entry.value, below);
    if (value === entry.value) continue;
    entries ??= new Map(node.entries);
    if (value === undefined) entries.delete(key);
    else entries.set(key, { ...entry, value });
  }
  return entries === undefined ? node : { ...node, entries };
}
