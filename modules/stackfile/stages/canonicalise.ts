import type { At } from "../keys/at.ts";
import { type Shape, shapeBelow } from "../keys/shape.ts";
import { changeItems, changeValues, isNull, type Node } from "../tree/node.ts";

/** Writes the short forms of a valid tree out. Gives undefined where nothing usable is left. */
export function canonicalise(node: Node, shape: Shape | undefined, at: At): Node | undefined {
  if (shape === undefined || shape.kind === "free" || isNull(node)) return node;
  const long = shape.longForm === undefined ? node : shape.longForm(node, at);
  if (long?.kind === "map") {
    return changeValues(long, (value, key) => canonicalise(value, shapeBelow(shape, key), at.below(key)));
  }
  if (long?.kind !== "list" || shape.kind !== "list") return long;
  const kept = shape.dropsEmpty === true ? changeItems(long, (item) => (isEmptyText(item) ? undefined : item)) : long;
  const { expand } = shape;
  if (expand === undefined) return changeItems(kept, (item, index) => canonicalise(item, shape.of, at.below(index)));
  const items = kept.items.flatMap((item, index) => {
    const here = at.below(index);
    return expand(item, here).flatMap((part) => canonicalise(part, shape.of, here) ?? []);
  });
  // With one that only variables make a form of, all stay as they are written.
  return at.reports.skipsInterpolation === true && items.some(({ kind }) => kind === "scalar")
    ? kept
    : { ...kept, items };
}

function isEmptyText(node: Node): boolean {
  return node.kind === "scalar" && node.value === "";
}
