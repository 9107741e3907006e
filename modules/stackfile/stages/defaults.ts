import { type Shape, shapeBelow } from "../keys/shape.ts";
import { type Entry, type Node, scalar } from "../tree/node.ts";

/** Sets the values of keys that are not given, in a tree of long forms. */
export function setDefaults(node: Node, shape: Shape | undefined): Node {
  if (shape === undefined) return node;
  if (node.kind === "list") {
    if (shape.kind !== "list") return node;
    return { ...node, items: node.items.map((item) => setDefaults(item, shape.of)) };
  }
  if (node.kind === "scalar") return node;
  const entries = new Map<string, Entry>();
  for (const [key, entry] of node.entries) {
    const value = setDefaults(entry.value, shapeBelow(shape, key));
    entries.set(key, value === entry.value ? entry : { ...entry, value });
  }
  if (shape.kind !== "mapping") return { ...node, entries };
  for (const [key, value] of Object.entries(shape.defaults ?? {})) {
    if (!entries.has(key)) entries.set(key, { keyPlace: node.place, value: scalar(value, node.place) });
  }
  const complete = { ...node, entries };
  return shape.complete === undefined ? complete : shape.complete(complete);
}
