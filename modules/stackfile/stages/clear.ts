import { changeValues, type Node, type Path } from "../tree/node.ts";

/** What `!reset` and `!override` of a later file take away of earlier ones, by key; null: all that is there. */
export type Clearing = ReadonlyMap<string, Clearing | null>;

type OpenClearing = Map<string, OpenClearing | null>;

/** Where a path stands for all below it, longer ones say nothing more. */
export function clearingOf(paths: readonly Path[]): Clearing {
  const root: OpenClearing = new Map();
  for (const path of paths) {
    let here: OpenClearing | null = root;
    for (const [depth, part] of path.entries()) {
      if (here === null) break;
      const key = String(part);
      const below: OpenClearing | null = depth === path.length - 1 ? null : (here.get(key) ?? new Map());
      if (here.get(key) !== null) here.set(key, below);
      here = here.get(key) ?? null;
    }
  }
  return root;
}

/** What of it is below a key, where the key itself stays. */
export function clearingBelow(clearing: Clearing, key: string): Clearing {
  return clearing.get(key) ?? none;
}

const none: Clearing = new Map();

/** The tree without what is cleared. Items of lists stay. */
export function clear(node: Node, clearing: Clearing): Node {
  if (clearing.size === 0 || node.kind !== "map") return node;
  return changeValues(node, (value, key) => {
    const below = clearing.get(key);
    return below === undefined ? value : below === null ? undefined : clear(value, below);
  });
}
