import { At } from "../keys/at.ts";
import type { Shape } from "../keys/shape.ts";
import { Diagnostics } from "../diagnostics.ts";
import { canonicalJson } from "../canonical-json.ts";
import { map, type MapNode, type Node, scalar, toValue } from "../tree/node.ts";
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

/** The map that a short form stands for; without entries where it stands for none. */
export function asMap(node: Node, shape: Shape | undefined): MapNode {
  const silent = At.root({ diagnostics: new Diagnostics(), leaveOut: () => undefined });
  const long = node.kind === "map" ? node : shape?.longForm?.(node, silent);
  return long?.kind === "map" ? long : map([], node.place);
}

export function sameNode(a: Node, b: Node): boolean {
  return a.kind === "scalar" && b.kind === "scalar" && a.value === b.value;
}
