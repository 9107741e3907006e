import { mostValues } from "../tree/limits.ts";
import type { MapNode, Node, Path, Place } from "../tree/node.ts";
import type { Load } from "./context.ts";

/** What the merging of a load costs: a short line lays any number of values over others once more. */
export interface Merging {
  /** How many values may still be merged, of as many as one file may have. */
  left: number;
  /** It is more than a load may cost, which was reported: what is left of it says nothing about the rest. */
  isGivenUp: boolean;
  /** How many values there are in a tree. */
  readonly sizes: WeakMap<Node, number>;
}

export function newMerging(): Merging {
  return { left: mostValues, isGivenUp: false, sizes: new WeakMap() };
}

/** Where something is merged that an earlier file or service has. */
export interface Here {
  readonly place: Place;
  readonly path: Path;
}

/** Counts values that are merged: false when they are too many, which is reported once. */
export function mayMerge(values: number, { place, path }: Here, { merging, diagnostics }: Load): boolean {
  if (merging.isGivenUp) return false;
  merging.left -= values;
  if (merging.left >= 0) return true;
  merging.isGivenUp = true;
  diagnostics.error(place, path, {
    code: "invalid-value",
    message: `up to here, files and services that build on each other come to more than ${mostValues} values`,
    hint: "write fewer layers, or split the app",
  });
  return false;
}

export function sizeOf(node: Node, merging: Merging): number {
  if (node.kind === "scalar") return 1;
  const known = merging.sizes.get(node);
  if (known !== undefined) return known;
  let size = 1;
  if (node.kind === "list") for (const item of node.items) size += sizeOf(item, merging);
  else for (const { value } of node.entries.values()) size += sizeOf(value, merging);
  merging.sizes.set(node, size);
  return size;
}

/** The cost of merging a file: all sections are looked at, and the entries of its own; those that both have are merged. */
export function costOf(base: MapNode, over: MapNode, merging: Merging): number {
  let cost = base.entries.size;
  for (const [section, { value }] of over.entries) {
    const before = base.entries.get(section)?.value;
    if (value.kind !== "map" || before?.kind !== "map") continue;
    cost += before.entries.size;
    for (const [name, entry] of value.entries) {
      const same = before.entries.get(name)?.value;
      if (same !== undefined) cost += sizeOf(same, merging) + sizeOf(entry.value, merging);
    }
  }
  return cost;
}
