import type { At, Shape } from "../keys/shape.ts";
import { shapeBelow } from "../keys/shape.ts";
import { type Entry, isNull, isOpen, type Node } from "../tree/node.ts";

/** Writes the short forms of a valid tree out. Gives undefined where nothing usable is left. */
export function canonicalise(node: Node, shape: Shape | undefined, at: At): Node | undefined {
  if (shape === undefined || shape.kind === "free" || isNull(node) || isOpen(node)) return node;
  const long = shape.longForm === undefined ? node : shape.longForm(node, at);
  if (long?.kind === "map") {
    const entries = new Map<string, Entry>();
    for (const [key, entry] of long.entries) {
      const value = canonicalise(entry.value, shapeBelow(shape, key), { ...at, path: [...at.path, key] });
      if (value !== undefined) entries.set(key, value === entry.value ? entry : { ...entry, value });
    }
    return { ...long, entries };
  }
  if (long?.kind !== "list" || shape.kind !== "list") return long;
  const items = long.items.flatMap((item, index) => {
    if (shape.dropsEmpty === true && item.kind === "scalar" && item.value === "") return [];
    const here = { ...at, path: [...at.path, index] };
    const expanded = shape.expand === undefined || isOpen(item) ? [item] : shape.expand(item, here);
    return expanded.flatMap((part) => canonicalise(part, shape.of, here) ?? []);
  });
  return { ...long, items };
}
