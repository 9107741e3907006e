import type { MappingShape, Shape } from "../keys/shape.ts";
import type { Diagnostics } from "../diagnostics.ts";
import { printPath } from "../diagnostics.ts";
import { type Entry, isNull, type ListNode, type MapNode, type Node, type Path, scalarAt } from "../tree/node.ts";

/**
 * Lays canonical trees over each other, the later one on top: maps merge deep, lists append, and of two items with one
 * identity the later replaces the earlier in its place. `null` on top changes nothing, except for commands, which it clears.
 * `!reset` on top takes away what is below; `!override` replaces it as a whole.
 * Source: https://github.com/compose-spec/compose-spec/blob/main/13-merge.md, and compose-go where it differs.
 */
export function mergeAll(trees: readonly Node[], shape: Shape, diagnostics: Diagnostics): Node | undefined {
  const [first, ...rest] = trees;
  if (first === undefined) return undefined;
  const merged = rest.reduce((base, over) => merge(base, over, shape, { path: [], diagnostics }), first);
  return withoutResets(merged);
}

/** Drops what is still marked `!reset`: there was nothing below it. */
function withoutResets(node: Node): Node {
  switch (node.kind) {
    case "scalar":
      return node;
    case "list":
      return { ...node, items: node.items.filter(({ tag }) => tag !== "reset").map(withoutResets) };
    case "map": {
      const kept = [...node.entries].filter(([, { value }]) => value.tag !== "reset");
      return {
        ...node,
        entries: new Map(kept.map(([key, entry]) => [key, { ...entry, value: withoutResets(entry.value) }])),
      };
    }
  }
}

interface MergeAt {
  readonly path: Path;
  readonly diagnostics: Diagnostics;
}

function merge(base: Node, over: Node, shape: Shape | undefined, at: MergeAt): Node {
  if (over.tag === "override" || shape?.kind === "free") return over;
  if (shape?.kind === "list" && shape.merge === "replace") return over;
  if (isNull(over)) return base;
  if (isNull(base) || (base.kind === "scalar" && over.kind === "scalar")) return over;
  if (base.kind === "map" && over.kind === "map") return mergeMaps(base, over, shape, at);
  if (base.kind === "list" && over.kind === "list") return mergeLists(base, over, shape, at);
  if (shape?.kind === "mapping" && shape.orScalar !== undefined) return over;
  at.diagnostics.error(over.place, at.path, {
    code: "wrong-type",
    message: `${printPath(at.path)} is ${kindName(over)} here and ${kindName(base)} in ${base.place.source.file}: they cannot be merged`,
    hint: "write both in one form",
  });
  return base;
}

function kindName(node: Node): string {
  return node.kind === "map" ? "a map" : node.kind === "list" ? "a list" : "a single value";
}

function mergeMaps(base: MapNode, over: MapNode, shape: Shape | undefined, at: MergeAt): MapNode {
  if (shape?.kind === "mapping" && replaces(base, over, shape)) return over;
  const entries = new Map(base.entries);
  for (const [key, entry] of over.entries) {
    const earlier: Entry | undefined = entries.get(key);
    if (entry.value.tag === "reset") {
      entries.delete(key);
      continue;
    }
    if (earlier === undefined) {
      entries.set(key, entry);
      continue;
    }
    const value = merge(earlier.value, entry.value, shapeBelow(shape, key), { ...at, path: [...at.path, key] });
    entries.set(key, { keyPlace: value === earlier.value ? earlier.keyPlace : entry.keyPlace, value });
  }
  return { ...base, entries };
}

function replaces(base: MapNode, over: MapNode, shape: MappingShape): boolean {
  if (shape.merge === "replace") return true;
  if (shape.mergeOnlyWhenSame === undefined) return false;
  const before = scalarAt(base, shape.mergeOnlyWhenSame);
  const after = scalarAt(over, shape.mergeOnlyWhenSame);
  return before !== undefined && after !== undefined && before !== after;
}

export function shapeBelow(shape: Shape | undefined, key: string): Shape | undefined {
  if (shape?.kind === "mapping") return shape.keys[key]?.shape;
  return shape?.kind === "dictionary" ? shape.of : undefined;
}

function mergeLists(base: ListNode, over: ListNode, shape: Shape | undefined, at: MergeAt): ListNode {
  const joined = { ...base, items: [...base.items, ...over.items] };
  if (shape?.kind !== "list" || shape.mergeItems !== true || shape.identity === undefined) return joined;
  return {
    ...joined,
    items: mergeByIdentity(joined.items, shape.identity, (one, other) => merge(one, other, shape.of, at)),
  };
}

function mergeByIdentity(
  items: readonly Node[],
  identity: (item: Node) => string,
  combine: (earlier: Node, later: Node) => Node,
): readonly Node[] {
  const byIdentity = new Map<string, Node>();
  for (const item of items) {
    const key = identity(item);
    const earlier = byIdentity.get(key);
    byIdentity.set(key, earlier === undefined ? item : combine(earlier, item));
  }
  return [...byIdentity.values()];
}
