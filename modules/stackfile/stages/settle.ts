import { changeValues, childOf, type MapNode, type Node } from "../tree/node.ts";

/**
 * Does something to what a document brought or changed, entry by entry of a section. What earlier documents brought, it was done to
 * before: the cost is that of the documents, not that of all before them with each.
 */
export function settle(
  tree: MapNode,
  below: Node | undefined,
  change: (parts: MapNode) => Node | undefined,
): Node | undefined {
  if (below?.kind !== "map") return change(tree);
  const parts = partsOver(tree, below);
  const changed = change(parts);
  return changed === undefined ? undefined : withParts(tree, parts, changed);
}

/** The entries of a tree that are not those of the one below. */
function partsOver(tree: MapNode, below: MapNode): MapNode {
  return changeValues(tree, (section, key) => {
    const before = childOf(below, key);
    if (section === before) return undefined;
    if (section.kind !== "map" || before?.kind !== "map") return section;
    return changeValues(section, (entry, name) => (entry === childOf(before, name) ? undefined : entry));
  });
}

function withParts(tree: MapNode, parts: MapNode, changed: Node): MapNode {
  return changeValues(tree, (section, key) => {
    const part = childOf(parts, key);
    if (part === undefined) return section;
    const after = childOf(changed, key);
    if (section.kind !== "map" || part.kind !== "map" || after?.kind !== "map") return after;
    return changeValues(section, (entry, name) => (part.entries.has(name) ? childOf(after, name) : entry));
  });
}
