import { changeValues, childOf, type MapNode, type Node } from "../tree/node.ts";

/** How often each entry of a section was looked at as it is. */
export type Passes = WeakMap<Node, number>;

/**
 * As often as it tells something new: Compose looks at all entries again with each document, and at short forms that it wrote out as
 * if they had been written so.
 */
const enough = 2;

/**
 * Does something to the entries of the sections that a document brought or changed, and to those of earlier documents until they are
 * settled: the cost is that of the documents, not that of all before them with each.
 */
export function settle(tree: MapNode, passes: Passes, change: (parts: MapNode) => Node | undefined): Node | undefined {
  const parts = changeValues(tree, (section) =>
    section.kind !== "map"
      ? section
      : changeValues(section, (entry) => ((passes.get(entry) ?? 0) < enough ? entry : undefined)),
  );
  const changed = change(parts);
  if (changed === undefined) return undefined;
  return changeValues(tree, (section, key) => {
    const part = childOf(parts, key);
    const after = childOf(changed, key);
    if (section.kind !== "map" || part?.kind !== "map" || after?.kind !== "map") return after;
    return changeValues(section, (entry, name) => {
      if (!part.entries.has(name)) return entry;
      const settled = childOf(after, name);
      if (settled !== undefined) passes.set(settled, (passes.get(entry) ?? 0) + 1);
      return settled;
    });
  });
}
