import { printPath } from "../tree/diagnostics.ts";
import type { At } from "../shapes/at.ts";
import { type Shape, shapeBelow } from "../shapes/shape.ts";
import { type Entry, isNull, list, type MapNode, type Node, scalar, scalarAt } from "../tree/node.ts";
import { asMap, asPairs, valueOf } from "./merge-forms.ts";

/**
 * Lays one tree over another, short forms and all: maps merge deep, lists append, scalars replace, `null` on top changes
 * nothing; where a key has a rule of its own, that holds. Items of lists that are one are made one afterwards (`unique.ts`).
 * Source: https://github.com/compose-spec/compose-spec/blob/main/13-merge.md, and compose-go where it differs.
 */
export function merge(base: Node, over: Node, shape: Shape | undefined, at: At): Node {
  switch (shape?.merge) {
    case "replace":
      return over;
    case "pairs":
      return mergePairs(base, over, shape);
    case "hosts":
      return mergeHosts(base, over);
    case "names":
    case "build":
      return mergeMaps(asMap(base, shape), asMap(over, shape, at), shape, at);
    case "same-driver":
      return mergeSameDriver(base, over, shape, at);
    case "pools":
      return mergePools(base, over, shape, at);
    case undefined:
      return mergePlain(base, over, shape, at);
  }
}

function mergePlain(base: Node, over: Node, shape: Shape | undefined, at: At): Node {
  if (isNull(over)) return base;
  if (base.kind === "scalar") return over;
  if (base.kind === "map" && over.kind === "map") return mergeMaps(base, over, shape, at);
  if (base.kind === "list" && over.kind === "list") return list([...base.items, ...over.items], base.place);
  return clash(base, over, at);
}

function clash(base: Node, over: Node, at: At): Node {
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

function mergeMaps(base: MapNode, over: MapNode, shape: Shape | undefined, at: At): MapNode {
  const entries = new Map(base.entries);
  for (const [key, entry] of over.entries) {
    const earlier: Entry | undefined = entries.get(key);
    if (earlier === undefined) {
      entries.set(key, entry);
      continue;
    }
    const value = merge(earlier.value, entry.value, shapeBelow(shape, key), at.below(key));
    entries.set(key, { keyPlace: value === earlier.value ? earlier.keyPlace : entry.keyPlace, value });
  }
  return { ...base, entries };
}

function mergePairs(base: Node, over: Node, shape: Shape): Node {
  const items = [...asPairs(base), ...asPairs(over)];
  const isUnique = shape.kind === "list" ? shape.identity !== undefined : shape.kind === "dictionary" && shape.unique;
  return isUnique === true ? list(items, base.place) : listOrNothing(items, base);
}

/** Items that are written the same are one; a later address of a host comes besides the earlier one. */
function mergeHosts(base: Node, over: Node): Node {
  const before = asPairs(base);
  const known = new Set(before.map(valueOf));
  return listOrNothing([...before, ...asPairs(over).filter((item) => !known.has(valueOf(item)))], base);
}

/** As in Compose, nothing over an empty map is no list, where nobody looks for items that are one. */
function listOrNothing(items: readonly Node[], base: Node): Node {
  return items.length === 0 && base.kind !== "list" ? scalar(null, base.place) : list(items, base.place);
}

/** Options belong to a driver: those of another one are not merged. */
function mergeSameDriver(base: Node, over: Node, shape: Shape, at: At): Node {
  if (base.kind !== "map" || over.kind !== "map") return clash(base, over, at);
  const before = scalarAt(base, "driver");
  const after = scalarAt(over, "driver");
  return before === undefined || after === undefined || before === after ? mergeMaps(base, over, shape, at) : over;
}

/** Each pool is laid over each. A network of an engine has one or two. */
const mostPools = 100;

/**
 * Pools with one subnet merge. As in Compose, a pool of the base stays only where the later file names its subnet, and one that
 * was merged may be merged again; nothing at all is no list.
 */
function mergePools(base: Node, over: Node, shape: Shape, at: At): Node {
  if (base.kind !== "list" || over.kind !== "list") return clash(base, over, at);
  if (base.items.length > mostPools || over.items.length > mostPools) {
    at.diagnostics.error(over.place, at.path, {
      code: "invalid-value",
      message: `${printPath(at.path)} merges more than ${mostPools} address pools`,
      hint: "give the network its pools in one file",
    });
    return base;
  }
  const item = shape.kind === "list" ? shape.of : undefined;
  const pools: { node: MapNode }[] = [];
  const subnet = (node: MapNode): unknown => scalarAt(node, "subnet");
  for (const original of base.items) {
    // One that is in the list already changes there when it is merged once more.
    const pool = { node: asMap(original, item) };
    for (const entry of over.items) {
      const later = asMap(entry, item);
      if (subnet(later) !== subnet(pool.node) && !pools.some(({ node }) => subnet(node) === subnet(later))) {
        pools.push({ node: later });
        continue;
      }
      pool.node = mergeMaps(pool.node, later, item, at);
      const same = pools.findIndex(({ node }) => subnet(node) === subnet(pool.node));
      if (same === -1) pools.push(pool);
      else pools[same] = pool;
    }
  }
  if (pools.length === 0) return scalar(null, over.place);
  return list(
    pools.map(({ node }) => node),
    base.place,
  );
}
