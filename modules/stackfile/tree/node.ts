import { setOwn } from "../own.ts";
import type { Clearing } from "./clearing.ts";
import type { Source } from "./source.ts";
import { isSecret, shownValue } from "./within.ts";

/**
 * A stack file as a tree whose every part knows its place in the text. Trees are immutable and carry their places through
 * interpolation and merge, so that a finding of any stage can point at the line that the user wrote.
 */
export type Node = ScalarNode | ListNode | MapNode;

export interface Place {
  readonly source: Source;
  /** Offsets in the text, end exclusive. */
  readonly start: number;
  readonly end: number;
  /** Of an item of a list that stands for a map: the key that it became, which is a value that may be a secret. */
  readonly key?: string;
}

export type ScalarValue = string | number | boolean | null;
export type Path = readonly (string | number)[];

export interface ScalarNode {
  readonly kind: "scalar";
  readonly value: ScalarValue;
  readonly place: Place;
  /** The type that Go has for it, where the value does not tell. Compose accepts or refuses by it. */
  readonly go?: GoType;
  /** The text before variables were put in. Messages show it instead of the value, which may be a secret. */
  readonly template?: string;
  /** The text before it was made an absolute path. */
  readonly written?: string;
  /** What the variable holds that it names. It may be a secret, and is no part of the model. */
  readonly held?: string;
}

export interface ListNode {
  readonly kind: "list";
  readonly items: readonly Node[];
  /** Where each item was written in the list, of one that has not all of them or others. */
  readonly indexes?: readonly number[];
  readonly place: Place;
}

export interface MapNode {
  readonly kind: "map";
  readonly entries: ReadonlyMap<string, Entry>;
  readonly place: Place;
}

export interface Entry {
  readonly keyPlace: Place;
  readonly value: Node;
}

/** A float, also a whole one; a number beyond 2^53, as its digits; a moment, as Go prints it. */
export type GoType = "float64" | "int" | "uint64" | "time";

/** One document of a file. */
export interface YamlDocument {
  readonly tree: Node;
  /** What earlier files have there goes before this document is merged. */
  readonly clearing: Clearing;
}

export function scalar(value: ScalarValue, place: Place): ScalarNode {
  return { kind: "scalar", value, place };
}

export function list(items: readonly Node[], place: Place): ListNode {
  return { kind: "list", items, place };
}

export function map(entries: Iterable<readonly [string, Entry]>, place: Place): MapNode {
  return { kind: "map", entries: new Map(entries), place };
}

/** A map whose entries all come from one place, as when a short form is written out. */
export function mapAt(place: Place, values: Readonly<Record<string, ScalarValue | Node | undefined>>): MapNode {
  const entries = new Map<string, Entry>();
  for (const key of Object.keys(values)) {
    const value = values[key];
    if (value === undefined) continue;
    entries.set(key, { keyPlace: place, value: isNode(value) ? value : scalar(value, place) });
  }
  return { kind: "map", entries, place };
}

function isNode(value: ScalarValue | Node): value is Node {
  return typeof value === "object" && value !== null;
}

export function isNull(node: Node): boolean {
  return node.kind === "scalar" && node.value === null;
}

/** The value of a scalar child, undefined where it is absent or not a scalar. */
export function scalarAt(node: Node, key: string): ScalarValue | undefined {
  const child = childOf(node, key);
  return child?.kind === "scalar" ? child.value : undefined;
}

export function childOf(node: Node | undefined, key: string): Node | undefined {
  return node?.kind === "map" ? node.entries.get(key)?.value : undefined;
}

/** A scalar as it may be shown to people. */
export function shownScalar({ template, place, value }: Pick<ScalarNode, "template" | "place" | "value">): string {
  return template === undefined || isSecret(place) ? shownValue(place, String(value)) : template;
}

/** A scalar child as it may be shown to people; empty where it is absent or not a scalar. */
export function shownAt(node: Node, key: string): string {
  const child = childOf(node, key);
  return child?.kind === "scalar" ? shownScalar(child) : "";
}

/** Whether messages may show a scalar as it is: no variables were put in, and it is no secret. */
export function isShown({ template, place }: Pick<ScalarNode, "template" | "place">): boolean {
  return template === undefined && !isSecret(place);
}

/** Plain JSON of a tree, or what `ofScalar` makes of its scalars. Maps become ordinary objects in the order of the file. */
export function toValue(node: Node, ofScalar: (scalar: ScalarNode) => unknown = valueOf): unknown {
  switch (node.kind) {
    case "scalar":
      return ofScalar(node);
    case "list":
      return node.items.map((item) => toValue(item, ofScalar));
    case "map": {
      const value: Record<string, unknown> = {};
      for (const [key, entry] of node.entries) setOwn(value, key, toValue(entry.value, ofScalar));
      return value;
    }
  }
}

function valueOf({ value }: ScalarNode): unknown {
  return value;
}

/** The map with each value changed, or without it where there is none; the map itself where nothing changes. */
export function changeValues(node: MapNode, change: (value: Node, key: string) => Node | undefined): MapNode {
  let entries: Map<string, Entry> | undefined;
  for (const [key, entry] of node.entries) {
    const value = change(entry.value, key);
    if (value === entry.value) continue;
    entries ??= new Map(node.entries);
    if (value === undefined) entries.delete(key);
    else entries.set(key, { ...entry, value });
  }
  return entries === undefined ? node : { ...node, entries };
}

/** The list with each item changed, or without it where there is none; the list itself where nothing changes. */
export function changeItems(node: ListNode, change: (item: Node, index: number) => Node | undefined): ListNode {
  const changed = node.items.map((item, position) => change(item, indexOf(node, position)));
  if (changed.every((value, position) => value === node.items[position])) return node;
  const items: Node[] = [];
  const indexes: number[] = [];
  changed.forEach((value, position) => {
    if (value === undefined) return;
    items.push(value);
    indexes.push(indexOf(node, position));
  });
  return { kind: "list", items, indexes, place: node.place };
}

/** The list with what stands in the place of each item. `index` is where it was written, as for all that look at items. */
export function replaceItems(node: ListNode, replace: (item: Node, index: number) => readonly Node[]): ListNode {
  const items: Node[] = [];
  const indexes: number[] = [];
  node.items.forEach((item, position) => {
    const index = indexOf(node, position);
    for (const value of replace(item, index)) {
      items.push(value);
      indexes.push(index);
    }
  });
  return { kind: "list", items, indexes, place: node.place };
}

/** Where an item was written in its list. */
export function indexOf({ indexes }: ListNode, position: number): number {
  return indexes?.[position] ?? position;
}

/** Of an entry of a map, the part that something is said of. */
export type EntryPart = "key" | "value";

/** The place of the deepest part of `path` that the tree has; where it ends at an entry of a map, that of this part of it. */
export function locate(root: Node, path: Path, part: EntryPart = "key"): Place {
  let place = root.place;
  let node: Node = root;
  for (const key of path) {
    const entry: Entry | undefined = node.kind === "map" ? node.entries.get(String(key)) : undefined;
    const item: Node | undefined = node.kind === "list" && typeof key === "number" ? node.items[key] : undefined;
    const next = entry?.value ?? item;
    // One value may stand for a list of one.
    if (next === undefined) return part === "value" && node.kind === "scalar" ? node.place : place;
    place = entry?.keyPlace ?? next.place;
    node = next;
  }
  return part === "value" ? node.place : place;
}
