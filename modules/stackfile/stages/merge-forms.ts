import { At } from "../shapes/at.ts";
import type { Shape } from "../shapes/shape.ts";
import { Diagnostics, printPath } from "../tree/diagnostics.ts";
import { canonicalJson } from "../canonical-json.ts";
import { isNull, map, type MapNode, type Node, scalar, toValue } from "../tree/node.ts";
import { printScalar } from "../tree/scalars.ts";

/** What a list form is when it is merged with another one: `NAME=value` items, those of a map sorted. */
export function asPairs(node: Node): readonly Node[] {
  if (node.kind === "list") return node.items;
  if (node.kind === "scalar") return typeof node.value === "string" && node.go === undefined ? [node] : [];
  const pairs = [...node.entries].flatMap(([name, { value }]): readonly [string, Node][] => {
    const values = value.kind === "list" ? value.items : [value];
    return values.map((item) => [pairOf(name, item), item]);
  });
  return pairs.toSorted(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)).map(([text, { place }]) => scalar(text, place));
}

function pairOf(name: string, item: Node): string {
  if (item.kind !== "scalar") return `${name}=${canonicalJson(toValue(item))}`;
  return item.value === null ? name : `${name}=${printScalar(item)}`;
}

/** The map that a short form stands for; without entries where it stands for none, which is reported at `at`, or was before. */
export function asMap(node: Node, shape: Shape | undefined, at?: At): MapNode {
  const long = node.kind === "map" ? node : shape?.longForm?.(node, at ?? nowhere());
  if (long?.kind === "map") return long;
  if (at !== undefined && long?.kind === "list" && long.items.some((item) => !isNull(item))) {
    at.diagnostics.error(node.place, at.path, {
      code: "wrong-type",
      message: `${printPath(at.path)} must be ${shape?.expected ?? "a map"}`,
    });
  }
  return map([], node.place);
}

function nowhere(): At {
  return At.root({ diagnostics: new Diagnostics(), leaveOut: () => undefined });
}

/** What tells one item from another: only scalars can be the same. */
export function valueOf(item: Node): unknown {
  return item.kind === "scalar" ? item.value : item;
}
