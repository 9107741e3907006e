import { stackFile } from "../keys/top.ts";
import { shapeBelow } from "../shapes/shape.ts";
import { changeValues, childOf, type MapNode, type Node } from "../tree/node.ts";

/** How often each entry of a section was looked at as it is, and where: aliases may stand for it elsewhere. */
export class Passes {
  readonly #counts = new WeakMap<Node, Map<string, number>>();

  of(entry: Node, place: string): number {
    return this.#counts.get(entry)?.get(place) ?? 0;
  }

  set(entry: Node, place: string, count: number): void {
    const counts = this.#counts.get(entry) ?? new Map<string, number>();
    this.#counts.set(entry, counts.set(place, count));
  }
}

/**
 * As often as it tells something new: Compose looks at all entries again with each document, and at short forms that it wrote out as
 * if they had been written so.
 */
const enough = 2;

/**
 * Does something to the entries of the sections that a document brought or changed, and to those of earlier documents until they are
 * settled: the cost is that of the documents, not that of all before them with each.
 */
export function settle(tree: MapNode, passes: Passes, change: (parts: MapNode) => Node | undefined): Node | undefined {
  const parts = changeValues(tree, (section, key) =>
    hasEntries(section, key)
      ? changeValues(section, (entry, name) => (passes.of(entry, `${key}.${name}`) < enough ? entry : undefined))
      : section,
  );
  const changed = change(parts);
  if (changed === undefined) return undefined;
  return changeValues(tree, (section, key) => {
    const part = childOf(parts, key);
    const after = childOf(changed, key);
    if (!hasEntries(section, key) || part?.kind !== "map" || after?.kind !== "map") return after;
    return changeValues(section, (entry, name) => {
      if (!part.entries.has(name)) return entry;
      const settled = childOf(after, name);
      const place = `${key}.${name}`;
      if (settled !== undefined) passes.set(settled, place, passes.of(entry, place) + 1);
      return settled;
    });
  });
}

function hasEntries(section: Node, key: string): section is MapNode {
  return section.kind === "map" && shapeBelow(stackFile, key)?.kind === "dictionary";
}
