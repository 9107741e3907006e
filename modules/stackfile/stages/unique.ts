import { printPath, type Diagnostics } from "../diagnostics.ts";
import type { ListShape, Shape } from "../keys/shape.ts";
import { sameText } from "../forms/collections.ts";
import { type Entry, isOpen, type Node, type Path, toValue } from "../tree/node.ts";
import { shapeBelow } from "./merge.ts";

/**
 * Of the items of a list with one identity, keeps the latest in the place of the first. That is how a later file replaces an
 * item of an earlier one; within one file it is most likely a mistake, and a warning.
 */
export function keepLatest(node: Node, shape: Shape | undefined, path: Path, diagnostics: Diagnostics): Node {
  if (node.kind === "map") {
    const entries = new Map<string, Entry>();
    for (const [key, entry] of node.entries) {
      entries.set(key, {
        ...entry,
        value: keepLatest(entry.value, shapeBelow(shape, key), [...path, key], diagnostics),
      });
    }
    return { ...node, entries };
  }
  if (node.kind === "list" && shape?.kind === "list") {
    const items = node.items.map((item, index) => keepLatest(item, shape.of, [...path, index], diagnostics));
    return { ...node, items: uniqueItems(items, shape, path, diagnostics) };
  }
  return node;
}

function uniqueItems(items: readonly Node[], shape: ListShape, path: Path, diagnostics: Diagnostics): readonly Node[] {
  if (shape.identity === undefined) return items;
  const byIdentity = new Map<string, Node>();
  items.forEach((item, index) => {
    const identity = (isOpen(item) ? sameText(item) : shape.identity?.(item)) ?? "";
    const earlier = byIdentity.get(identity);
    if (earlier !== undefined && isContradiction(earlier, item)) {
      diagnostics.warning(item.place, [...path, index], {
        code: "duplicate",
        message: `${printPath(path)} has ${identity} twice, and this later entry replaces the one before`,
        hint: "keep one of the two",
      });
    }
    byIdentity.set(identity, item);
  });
  return [...byIdentity.values()];
}

/** Two different entries of one file. */
function isContradiction(earlier: Node, later: Node): boolean {
  if (earlier.place.source !== later.place.source) return false;
  return JSON.stringify(toValue(earlier)) !== JSON.stringify(toValue(later));
}
