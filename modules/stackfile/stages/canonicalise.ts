import type { At, Shape } from "../keys/shape.ts";
import { shapeBelow } from "../keys/shape.ts";
import { changeItems, changeValues } from "../tree/change.ts";
import { isNull, isOpen, type Node } from "../tree/node.ts";

/** Writes the short forms of a valid tree out. Gives undefined where nothing usable is left. */
export function canonicalise(node: Node, shape: Shape | undefined, at: At): Node | undefined {
  if (shape === undefined || shape.kind === "free" || isNull(node) || isOpen(node)) return node;
  const long = shape.longForm === undefined ? node : shape.longForm(node, at);
  if (long?.kind === "map") {
    return changeValues(long, (value, key) => {
      const below = shapeBelow(shape, key);
      return isWritten(value, below) ? value : canonicalise(value, below, { ...at, path: [...at.path, key] });
    });
  }
  if (long?.kind !== "list" || shape.kind !== "list") return long;
  const { of, expand, dropsEmpty } = shape;
  return changeItems(long, (item, index) => {
    if (dropsEmpty === true && item.kind === "scalar" && item.value === "") return undefined;
    if (expand === undefined && isWritten(item, of)) return item;
    const here = { ...at, path: [...at.path, index] };
    if (expand === undefined || isOpen(item)) return canonicalise(item, of, here);
    return expand(item, here).flatMap((part) => canonicalise(part, of, here) ?? []);
  });
}

/** A scalar that has no long form. */
function isWritten(node: Node, shape: Shape | undefined): boolean {
  return node.kind === "scalar" && shape?.longForm === undefined;
}
