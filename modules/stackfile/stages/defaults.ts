import { type Shape, shapeBelow } from "../shapes/shape.ts";
import { changeItems, changeValues, type Entry, type Node, scalar } from "../tree/node.ts";

/** Sets the values of keys that are not given, in a tree of long forms. */
export function setDefaults(node: Node, shape: Shape | undefined): Node {
  if (shape === undefined) return node;
  if (node.kind === "scalar") return node;
  if (node.kind === "list")
    return shape.kind === "list" ? changeItems(node, (item) => setDefaults(item, shape.of)) : node;
  const below = changeValues(node, (value, key) => setDefaults(value, shapeBelow(shape, key)));
  if (shape.kind !== "mapping") return below;
  const missing = Object.entries(shape.defaults ?? {}).filter(([key]) => !below.entries.has(key));
  const added = missing.map(([key, value]): [string, Entry] => [
    key,
    { keyPlace: node.place, value: scalar(value, node.place) },
  ]);
  const complete = added.length === 0 ? below : { ...below, entries: new Map([...below.entries, ...added]) };
  return shape.complete === undefined ? complete : shape.complete(complete);
}
