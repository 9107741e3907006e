import { printPath } from "../tree/diagnostics.ts";
import { nameBeforeEquals } from "../forms/collections.ts";
import type { At } from "../shapes/at.ts";
import { type ListShape, type Shape, shapeBelow } from "../shapes/shape.ts";
import { shownValue } from "../tree/within.ts";
import { changeValues, indexOf, list, type MapNode, type Node } from "../tree/node.ts";

/**
 * Of the items of a list with one identity, keeps the latest in the place of the first. That is how a later file replaces an
 * item of an earlier one; within one file it is most likely a mistake, and a warning.
 */
export function keepLatest(node: Node, shape: Shape | undefined, at: At): Node {
  if (node.kind === "map") {
    return changeValues(node, (value, key) => {
      const below = shapeBelow(shape, key);
      return below === undefined ? value : keepLatest(value, below, at.below(key));
    });
  }
  if (node.kind !== "list") return node;
  const items = shape?.kind === "list" ? shape : shape?.kind === "dictionary" && shape.unique ? namedItems : undefined;
  return items?.identity === undefined ? node : uniqueItems(node, items.identity, items.shown, at);
}

type Items = Pick<ListShape, "identity" | "shown">;

const namedItems: Items = { identity: nameBeforeEquals };

function uniqueItems(
  node: Extract<Node, { kind: "list" }>,
  identity: NonNullable<Items["identity"]>,
  shown: Items["shown"],
  at: At,
): Node {
  const kept: Node[] = [];
  const places = new Map<string, number>();
  node.items.forEach((item, position) => {
    const index = indexOf(node, position);
    const here = at.below(index);
    const key = identity(item, here);
    const earlier = key === undefined ? undefined : places.get(key);
    if (key === undefined || earlier === undefined) {
      if (key !== undefined) places.set(key, kept.length);
      kept.push(item);
      return;
    }
    if (isContradiction(kept[earlier] ?? item, item)) {
      at.diagnostics.warning(item.place, here.path, {
        code: "duplicate",
        message: `${printPath(at.path)} has ${shown?.(item) ?? shownIdentity(item, key)} twice, and this later entry replaces the one before`,
        hint: "keep one of the two",
      });
    }
    kept[earlier] = item;
  });
  // As for Compose, an item that is left is where it is among those that are left.
  return kept.length === node.items.length ? node : list(kept, node.place);
}

/** An identity is mostly what stands at one key of the item. */
function shownIdentity(item: Node, identity: string): string {
  const entries = item.kind === "map" ? [...item.entries.values()] : [];
  const own = entries.find(({ value }) => value.kind === "scalar" && value.value === identity);
  return shownValue((own?.value ?? item).place, identity);
}

/** Two different entries of one file. */
function isContradiction(earlier: Node, later: Node): boolean {
  if (earlier.place.source !== later.place.source) return false;
  return !isSame(earlier, later);
}

/** Whether two nodes have one value, whatever the order of their keys. */
function isSame(a: Node, b: Node): boolean {
  if (a.kind === "map")
    return (
      b.kind === "map" &&
      a.entries.size === b.entries.size &&
      [...a.entries].every(([key, entry]) => has(b, key, entry.value))
    );
  if (a.kind === "list")
    return (
      b.kind === "list" &&
      a.items.length === b.items.length &&
      a.items.every((item, index) => isSame(item, b.items[index] ?? b))
    );
  return b.kind === "scalar" && a.value === b.value;
}

function has({ entries }: MapNode, key: string, value: Node): boolean {
  const entry = entries.get(key);
  return entry !== undefined && isSame(value, entry.value);
}
