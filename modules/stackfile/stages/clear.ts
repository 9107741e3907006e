import type { Entry, Node, Path } from "../tree/node.ts";

/** The tree without what stands at these paths: `!reset` and `!override` of a later file. Items of lists stay. */
export function clear(node: Node, cleared: readonly Path[]): Node {
  if (cleared.length === 0 || node.kind !== "map") return node;
  const below = new Map<string, Path[]>();
  const gone = new Set<string>();
  for (const [first, ...rest] of cleared) {
    const key = String(first);
    if (rest.length === 0) gone.add(key);
    else below.set(key, [...(below.get(key) ?? []), rest]);
  }
  const entries = new Map<string, Entry>();
  for (const [key, entry] of node.entries) {
    if (gone.has(key)) continue;
    const deeper = below.get(key);
    entries.set(key, deeper === undefined ? entry : { ...entry, value: clear(entry.value, deeper) });
  }
  return { ...node, entries };
}
