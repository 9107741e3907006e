import { type MappingShape, type Shape, shapeBelow } from "../shapes/shape.ts";
import { changeItems, changeValues, type Entry, type MapNode, type Node, scalar } from "../tree/node.ts";

/** Sets the values of keys that are not given, in a tree of long forms. */
export function setDefaults(node: Node, shape: Shape | undefined): Node {
  if (shape === undefined) return node;
  if (node.kind === "scalar") return node;
  if (node.kind === "list")
    return shape.kind === "list" ? changeItems(node, (item) => setDefaults(item, shape.of)) : node;
  const below = changeValues(node, (value, key) => setDefaults(value, shapeBelow(shape, key)));
  if (shape.kind !== "mapping") return below;
  const complete = shape.defaults === undefined ? below : withMissing(below, shape.defaults);
  return shape.complete === undefined ? complete : shape.complete(complete);
}

function withMissing(node: MapNode, defaults: NonNullable<MappingShape["defaults"]>): MapNode {
  const missing = Object.entries(defaults).filter(([key]) => !node.entries.has(key));
  if (missing.length === 0) return node;
  const entries = new Map<string, Entry>(node.entries);
  for (const [key, value] of missing) entries.set(key, { keyPlace: node.place, value: scalar(value, node.place) });
  return { ...node, entries };
}
