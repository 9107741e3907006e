import { stackFile } from "../keys/top.ts";
import { shapeBelow } from "../shapes/shape.ts";
import { withoutExtensions } from "./extensions.ts";
import { changeValues, childOf, type Entry, type MapNode, type Node } from "../tree/node.ts";

/**
 * As often as it tells something new: Compose looks at all again with each document, and at short forms that it wrote out as if they
 * had been written so.
 */
const enough = 2;

/** How often what is at each key was looked at as it is. */
export class Passes {
  readonly #latest = new Map<string, { readonly value: Node; readonly times: number }>();
  readonly #below = new Map<string, Passes>();

  below(key: string): Passes {
    const known = this.#below.get(key);
    if (known !== undefined) return known;
    const below = new Passes();
    this.#below.set(key, below);
    return below;
  }

  isSettled(key: string, value: Node): boolean {
    return this.#timesOf(key, value) >= enough;
  }

  /** What a look made of a value is as known as the value was. */
  looked(key: string, value: Node, made: Node): void {
    this.#latest.set(key, { value: made, times: this.#timesOf(key, value) + 1 });
  }

  #timesOf(key: string, value: Node): number {
    const latest = this.#latest.get(key);
    return latest?.value === value ? latest.times : 0;
  }
}

/**
 * Does something to what a document brought or changed, and to what earlier documents did until it is settled: entries of sections, and
 * what else stands at the top. The cost is that of the documents, not that of all before them with each: nobody looks into a section
 * that is settled.
 */
export function settle(tree: MapNode, passes: Passes, change: (parts: MapNode) => Node | undefined): Node | undefined {
  const parts = changeValues(unsettled(withoutExtensions(tree), passes), (section, key) =>
    hasEntries(section, key) ? unsettled(section, passes.below(key)) : section,
  );
  const changed = change(parts);
  if (changed === undefined) return undefined;
  return withLook(tree, parts, passes, (section, key) => {
    const part = childOf(parts, key);
    const after = childOf(changed, key);
    if (!hasEntries(section, key) || part?.kind !== "map" || after?.kind !== "map") return after;
    return withLook(section, part, passes.below(key), (_, name) => childOf(after, name));
  });
}

function unsettled(node: MapNode, passes: Passes): MapNode {
  const entries = new Map<string, Entry>();
  for (const [key, entry] of node.entries) if (!passes.isSettled(key, entry.value)) entries.set(key, entry);
  return entries.size === node.entries.size ? node : { ...node, entries };
}

/** The map with what a look made of a part of it. */
function withLook(
  node: MapNode,
  part: MapNode,
  passes: Passes,
  made: (value: Node, key: string) => Node | undefined,
): MapNode {
  return changeValues(node, (value, key) => {
    if (!part.entries.has(key)) return value;
    const after = made(value, key);
    if (after !== undefined) passes.looked(key, value, after);
    return after;
  });
}

function hasEntries(section: Node, key: string): section is MapNode {
  return section.kind === "map" && shapeBelow(stackFile, key)?.kind === "dictionary";
}
