import { isText } from "../forms/scalars.ts";
import type { At } from "../shapes/at.ts";
import { itemOf, type Shape, shapeBelow } from "../shapes/shape.ts";
import { changeItems, changeValues, isNull, type Node, replaceItems } from "../tree/node.ts";
import { fits, misfit } from "./validate.ts";

/**
 * Writes the short forms out. Gives undefined where nothing usable is left. What is no form of its shape is reported: services that
 * others extend come here unchecked.
 */
export function canonicalise(node: Node, shape: Shape | undefined, at: At): Node | undefined {
  if (shape === undefined || shape.kind === "free" || (isNull(node) && mayBeNull(shape))) return node;
  const long = shape.longForm === undefined ? node : shape.longForm(node, at);
  if (long !== undefined && !isForm(long, shape)) return misfit(node, shape, at);
  if (long?.kind === "map") {
    return changeValues(long, (value, key) => canonicalise(value, shapeBelow(shape, key), at.below(key)));
  }
  if (long?.kind !== "list") return long;
  if (shape.kind !== "list")
    return changeItems(long, (item, index) => canonicalise(item, itemOf(shape), at.below(index)));
  const kept = shape.dropsEmpty === true ? changeItems(long, (item) => (isEmptyText(item) ? undefined : item)) : long;
  const { expand } = shape;
  if (expand === undefined) return changeItems(kept, (item, index) => canonicalise(item, shape.of, at.below(index)));
  const left: Node[] = [];
  const expanded = replaceItems(kept, (item, index) => {
    if (left.length > 0) return [item];
    const here = at.below(index);
    const parts = expand(item, here);
    left.push(...parts.filter((part) => isLeft(part, shape.of)));
    return left.length > 0 ? parts : parts.flatMap((part) => canonicalisePart(part, shape.of, here) ?? []);
  });
  // With one that only variables make a form of, all stay as they are written.
  return left.length > 0 ? kept : expanded;
}

/** One of what an item stands for. */
function canonicalisePart(part: Node, shape: Shape, at: At): Node | undefined {
  return part.kind === "map" ? canonicalise(part, shape, at) : misfit(part, shape, at);
}

function mayBeNull(shape: Shape): boolean {
  return !hasForms(shape) || shape.passes !== undefined || shape.or?.includes("null") === true;
}

function hasForms(shape: Shape): boolean {
  if (shape.kind === "scalar" || shape.passes === "everything") return false;
  return shape.longForm !== undefined || (shape.kind === "list" && shape.expand !== undefined);
}

/** What only variables make a form of is a text, or a list of pairs where one is none. */
function isLeft(long: Node, shape: Shape): boolean {
  if (long.kind === "list") return shape.kind === "dictionary" && shape.asList === "pairs";
  return long.kind === "scalar" && isText(long) && shape.kind === "mapping" && shape.parsed === true;
}

function isForm(long: Node, shape: Shape): boolean {
  if (!hasForms(shape) || isLeft(long, shape)) return true;
  if (long.kind !== "scalar") return long.kind === (shape.kind === "list" ? "list" : "map");
  return shape.passes === "scalars" || fits(long, shape.or);
}

function isEmptyText(node: Node): boolean {
  return node.kind === "scalar" && node.value === "";
}
