import { scalarForms } from "../forms/scalars.ts";
import type { At, DictionaryShape, ListShape, MappingShape, ScalarShape, Shape } from "../keys/shape.ts";
import { warnOfAlteredText } from "../surprises/altered-text.ts";
import { type Entry, isNull, isOpen, type Node, type ScalarNode } from "../tree/node.ts";
import { isUnknown, unknownValue } from "../unknown.ts";

/**
 * Writes the short forms of a tree out, so that merging and every later stage know long forms only. What does not fit its
 * shape is left as it is: after the merge, `validate` says so. Gives undefined where nothing usable is left.
 */
export function canonicalise(node: Node, shape: Shape, at: At): Node | undefined {
  if (isNull(node) || isOpen(node) || node.tag === "reset") return node;
  const form = shape.longForm === undefined ? node : shape.longForm(node, at);
  if (form === undefined) return undefined;
  const long = node.tag === undefined || form.tag !== undefined ? form : { ...form, tag: node.tag };
  switch (shape.kind) {
    case "free":
      return long;
    case "scalar":
      return long.kind === "scalar" ? canonicaliseScalar(long, shape, at) : long;
    case "mapping":
      return canonicaliseMapping(long, shape, at);
    case "dictionary":
      return canonicaliseEntries(long, () => shape.of, at);
    case "list":
      return canonicaliseList(long, shape, at);
  }
}

function canonicaliseScalar(node: ScalarNode, shape: ScalarShape, at: At): ScalarNode | undefined {
  if (node.value === null) return node;
  if (isUnknown(node.value)) {
    if (shape.type === "string" || shape.type === "text") return { ...node, value: unknownValue };
    at.leaveOut(node.place, at.path);
    return undefined;
  }
  const value = scalarForms[shape.type].convert(node.value);
  if (shape.type === "text" && typeof value === "string") warnOfAlteredText(node, value, at);
  return value === undefined || value === node.value ? node : { ...node, value };
}

function canonicaliseMapping(node: Node, shape: MappingShape, at: At): Node | undefined {
  if (node.kind === "scalar" && shape.orScalar !== undefined) return canonicaliseScalar(node, shape.orScalar, at);
  if (node.kind === "scalar" && isUnknown(node.value)) return leaveOut(node, at);
  return canonicaliseEntries(node, (key) => shape.keys[key]?.shape, at);
}

function canonicaliseEntries(
  node: Node,
  shapeOf: (key: string) => DictionaryShape["of"] | undefined,
  at: At,
): Node | undefined {
  if (node.kind === "scalar" && isUnknown(node.value)) return leaveOut(node, at);
  if (node.kind !== "map") return node;
  const entries = new Map<string, Entry>();
  for (const [key, entry] of node.entries) {
    const shape = shapeOf(key);
    const value =
      shape === undefined ? entry.value : canonicalise(entry.value, shape, { ...at, path: [...at.path, key] });
    if (value !== undefined) entries.set(key, value === entry.value ? entry : { ...entry, value });
  }
  return { ...node, entries };
}

function canonicaliseList(node: Node, shape: ListShape, at: At): Node | undefined {
  if (node.kind === "scalar" && isUnknown(node.value)) return leaveOut(node, at);
  if (node.kind !== "list") return node;
  const items = node.items.flatMap((item, index) => {
    const here = { ...at, path: [...at.path, index] };
    const expanded = shape.expand === undefined || isOpen(item) ? [item] : shape.expand(item, here);
    return expanded.flatMap((part) => canonicalise(part, shape.of, here) ?? []);
  });
  return { ...node, items };
}

function leaveOut(node: Node, at: At): Node | undefined {
  at.leaveOut(node.place, at.path);
  return undefined;
}
