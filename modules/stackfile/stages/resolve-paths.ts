import { printPath } from "../tree/diagnostics.ts";
import type { At } from "../shapes/at.ts";
import { type PathKind, type Shape, shapeBelow } from "../shapes/shape.ts";
import { isAbsoluteAnywhere, joinPath } from "../paths.ts";
import {
  changeItems,
  changeValues,
  childOf,
  type Entry,
  type Node,
  scalarAt,
  type ScalarNode,
  shownAt,
} from "../tree/node.ts";
import { isUnknown } from "../unknown.ts";
import { found } from "./describe.ts";

/** Where relative paths begin, and what `~` stands for. */
export interface Folders {
  readonly base: string;
  readonly home: string | undefined;
}

/** Makes the paths of a tree of long forms begin at the base: those of keys, of bind mounts and of local volumes. */
export function resolvePaths(tree: Node, shape: Shape, folders: Folders, at: At): Node {
  const changes: readonly (readonly [readonly string[], (node: Node, path: At["path"]) => Node])[] = [
    [["services", "*", "label_file", "*"], (node, path) => requirePaths(node, path, at)],
    [["services", "*", "volumes", "*"], (node, path) => resolveMount(node, path, folders, at)],
    [["volumes", "*"], (node) => resolveVolume(node, folders)],
  ];
  return changes.reduce(
    (changed, [path, change]) => mapBelow(changed, path, [], change),
    resolveKeys(tree, shape, folders),
  );
}

function resolveKeys(node: Node, shape: Shape | undefined, folders: Folders): Node {
  if (shape === undefined) return node;
  if (node.kind === "scalar") {
    const kind = shape.kind === "scalar" ? shape.path : undefined;
    return kind === undefined ? node : resolveScalar(node, kind, folders);
  }
  if (node.kind === "map")
    return changeValues(node, (value, key) => resolveKeys(value, shapeBelow(shape, key), folders));
  // A list is left of a map of names where variables are not put in: as in Compose, a path is then what is the value of none.
  return shape.kind === "list" || shape.kind === "dictionary"
    ? changeItems(node, (item) => resolveKeys(item, shape.of, folders))
    : node;
}

function resolveScalar(node: ScalarNode, kind: PathKind, folders: Folders): ScalarNode {
  const { value, written, go } = node;
  if (typeof value !== "string" || go !== undefined || isUnknown(value)) return node;
  if (kind === "context" && isRemoteContext(value)) return node;
  const path = value === "" && kind !== "host" ? value : resolvePath(value, kind, folders);
  return path === value ? node : { ...node, value: path, written: written ?? value };
}

/** Source: compose-go, paths/context.go. */
function isRemoteContext(value: string): boolean {
  return value.includes("://") || /^(?:service:|https?:\/\/|git:\/\/|ssh:\/\/|github\.com\/|git@)/.test(value);
}

function resolvePath(path: string, kind: PathKind, { base, home }: Folders): string {
  if (home !== undefined && path.startsWith("~")) return joinPath(home, `./${path.slice(1)}`);
  return kind === "host" && isAbsoluteAnywhere(path) ? path : joinPath(base, path);
}

/** Compose finds out here what is no path, where nothing else is checked: in a file whose services others extend. */
function requirePaths(node: Node, path: At["path"], at: At): Node {
  if (node.kind === "list") return changeItems(node, (item, index) => requirePaths(item, [...path, index], at));
  if (node.kind === "scalar" && typeof node.value === "string" && node.go === undefined) return node;
  at.diagnostics.error(node.place, path, {
    code: "wrong-type",
    message: `${printPath(path)} must be a path, not ${found(node)}`,
  });
  return node;
}

function resolveMount(node: Node, path: At["path"], folders: Folders, at: At): Node {
  if (node.kind !== "map" || scalarAt(node, "type") !== "bind") return node;
  const source = node.entries.get("source");
  if (source === undefined) {
    at.diagnostics.lacks(node.place, path, {
      keys: ["source"],
      message: `services.${String(path[1])} mounts ${shownAt(node, "target")} without a source`,
    });
    return node;
  }
  return withPath(node, source, folders, "source");
}

/** A volume of the local driver may be a bind mount: then its device is a path. */
function resolveVolume(node: Node, folders: Folders): Node {
  const options = childOf(node, "driver_opts");
  if (node.kind !== "map" || scalarAt(node, "driver") !== "local" || options?.kind !== "map") return node;
  const device = options.entries.get("device");
  const entry = node.entries.get("driver_opts");
  if (device === undefined || entry === undefined || scalarAt(options, "o") !== "bind") return node;
  const value = withPath(options, device, folders, "device");
  return { ...node, entries: new Map([...node.entries, ["driver_opts", { ...entry, value }]]) };
}

function withPath(node: Extract<Node, { kind: "map" }>, entry: Entry, folders: Folders, key: string): Node {
  if (entry.value.kind !== "scalar") return node;
  const value = resolveScalar(entry.value, "host", folders);
  return { ...node, entries: new Map([...node.entries, [key, { ...entry, value }]]) };
}

/** Changes what is at a path, of which `*` is any part. */
function mapBelow(
  node: Node,
  [first, ...rest]: readonly string[],
  path: At["path"],
  change: (node: Node, path: At["path"]) => Node,
): Node {
  if (first === undefined) return change(node, path);
  if (node.kind === "list") {
    return first === "*" ? changeItems(node, (item, index) => mapBelow(item, rest, [...path, index], change)) : node;
  }
  if (node.kind !== "map") return node;
  return changeValues(node, (value, key) =>
    first === "*" || first === key ? mapBelow(value, rest, [...path, key], change) : value,
  );
}
