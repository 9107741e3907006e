import type { At } from "../shapes/at.ts";
import { itemOf, type Shape, shapeBelow } from "../shapes/shape.ts";
import { indexOf, type Node } from "../tree/node.ts";
import { namespaces } from "./implied-dependencies.ts";
import { misfit } from "./validate.ts";

/** Where texts stand of which something is made also where variables are not put in. `*` is any part. */
const texts: readonly (readonly string[])[] = [
  ...namespaces.map((key) => ["services", "*", key]),
  ["services", "*", "links", "*"],
  ["services", "*", "volumes_from", "*"],
  ["services", "*", "volumes", "*", "target"],
];

/**
 * Go has a type of its own for a moment, which fits where texts do. With variables put in it is none; without, it is only printed,
 * but where it would have to be a text.
 */
export function requireTexts(tree: Node, shape: Shape, at: At): void {
  for (const path of texts) requireAt(tree, shape, path, at);
}

function requireAt(node: Node, shape: Shape | undefined, [first, ...rest]: readonly string[], at: At): void {
  if (first === undefined) {
    if (node.kind === "scalar" && node.go !== undefined && shape !== undefined) misfit(node, shape, at);
    return;
  }
  if (node.kind === "map") {
    for (const key of first === "*" ? node.entries.keys() : [first]) {
      const entry = node.entries.get(key);
      if (entry !== undefined) requireAt(entry.value, shapeBelow(shape, key), rest, at.below(key));
    }
  }
  if (node.kind === "list" && first === "*") {
    node.items.forEach((item, position) => {
      requireAt(item, itemOf(shape), rest, at.below(indexOf(node, position)));
    });
  }
}
