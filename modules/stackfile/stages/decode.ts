import { printPath } from "../tree/diagnostics.ts";
import { setOwn } from "../own.ts";
import { exactValue } from "../tree/exact.ts";
import { decodeHosts } from "../forms/hosts.ts";
import { decodeScalar, isZero } from "../forms/scalars.ts";
import type { At } from "../shapes/at.ts";
import {
  type DictionaryShape,
  isExtension,
  type ListShape,
  type MappingShape,
  type ScalarShape,
  type Shape,
} from "../shapes/shape.ts";
import { shownValue } from "../tree/within.ts";
import { indexOf, isNull, type Node, type ScalarNode, toValue } from "../tree/node.ts";
import { quoteIt } from "../tree/quoting.ts";
import { warnOfAlteredText } from "./altered-text.ts";
import { isUnknown, unknownValue } from "../unknown.ts";
import { expectedOf, found } from "./describe.ts";
import { quotingHelps } from "./validate.ts";

/**
 * The value of a tree of long forms: what is left of short forms (lists of variables, command strings, hosts) is written out,
 * scalars get the types of the model, and what says nothing (zero, false, empty) is left out, as Compose prints it.
 * Undefined where nothing is left.
 */
export function decode(node: Node, shape: Shape, at: At): unknown {
  switch (shape.kind) {
    case "free":
      return freeValue(node, at);
    case "hosts":
      // Hosts without an address are none, and still they are given.
      return node.kind === "map" && node.entries.size > 0
        ? decodeHosts(node, at)
        : nothingIfEmpty(decodeHosts(node, at));
    case "scalar":
      return node.kind === "scalar" ? decodeOne(node, shape, at) : misfit(node, shape, at);
    case "mapping":
      if (node.kind === "scalar" && shape.scalar !== undefined) return decodeOne(node, shape.scalar, at);
      if (isNull(node)) return shape.or?.includes("null") === true ? null : undefined;
      return node.kind === "map" ? decodeMapping(node, shape, at) : misfit(node, shape, at);
    case "dictionary":
      return decodeDictionary(node, shape, at);
    case "list":
      return decodeList(node, shape, at);
  }
}

/** For people to read, with the types that Go has for it. */
function freeValue(node: Node, { reports }: At): unknown {
  return reports.keepsExtensions === true ? toValue(node, exactValue) : toValue(node);
}

function decodeOne(node: ScalarNode, shape: ScalarShape, at: At): unknown {
  if (node.value === null) return shape.nullAs === "null" ? null : shape.nullAs === "empty" ? "" : undefined;
  if (isUnknown(node.value)) return unknownValue;
  const value = decodeScalar(node, shape.type);
  if (value === undefined) return misfit(node, shape, at);
  if (shape.type === "text") warnOfAlteredText(node, String(value), at);
  if (shape.optOut === true && value === true) return undefined;
  return shape.keepsZero === true || !isZero(value, shape.type) ? value : undefined;
}

function misfit(node: Node, shape: Shape, { path, diagnostics }: At): unknown {
  diagnostics.error(node.place, path, {
    code: "wrong-type",
    message: `${printPath(path)} must be ${expectedOf(shape)}, not ${found(node)}`,
    hint: quotingHelps(node, shape) ? quoteIt(node) : undefined,
  });
  return undefined;
}

type Value = Record<string, unknown>;

function decodeMapping(node: Extract<Node, { kind: "map" }>, shape: MappingShape, at: At): Value {
  const value: Value = {};
  for (const [key, entry] of node.entries) {
    const known = Object.hasOwn(shape.keys, key) ? shape.keys[key] : undefined;
    if (known === undefined ? !isKept(key, shape, at) : known.state === "accepted" && known.obsolete === true) continue;
    const below = known === undefined ? freeValue(entry.value, at) : decode(entry.value, known.shape, at.below(key));
    // A map that may be null says so where it stands in a dictionary; as the value of a key, null says nothing.
    if (below === undefined || (known !== undefined && below === null && known.shape.kind === "mapping")) continue;
    setOwn(value, key, below);
  }
  if (shape.unset !== undefined) for (const [key, unset] of Object.entries(shape.unset)) value[key] ??= unset;
  return value;
}

/** Whether a key of one's own is in the model. */
function isKept(key: string, { keepsExtensions }: MappingShape, { reports }: At): boolean {
  return keepsExtensions === true || (reports.keepsExtensions === true && isExtension(key));
}

function decodeDictionary(node: Node, shape: DictionaryShape, at: At): unknown {
  if (isNull(node)) return undefined;
  const value: Value = {};
  if (node.kind === "list" && shape.asList === "pairs") decodePairs(node, value, shape, at);
  else if (node.kind !== "map") return misfit(node, shape, at);
  else {
    for (const [key, entry] of node.entries) {
      const below = decode(entry.value, shape.of, at.below(key));
      if (below !== undefined) setOwn(value, key, below);
    }
  }
  if (shape.keepsEmpty !== true && Object.keys(value).length === 0) return undefined;
  return shape.listed === true ? listed(value) : value;
}

function listed(value: Value): readonly string[] {
  return Object.entries(value).map(([name, given]) => (given === "" ? name : `${name}=${String(given)}`));
}

function decodePairs(node: Extract<Node, { kind: "list" }>, value: Value, shape: DictionaryShape, at: At): void {
  const without = shape.of.kind === "scalar" && shape.of.nullAs === "null" ? null : "";
  node.items.forEach((item, position) => {
    const index = indexOf(node, position);
    const text = item.kind === "scalar" ? String(item.value) : "";
    const equals = text.indexOf("=");
    const name = equals === -1 ? text : text.slice(0, equals);
    if (without === null && /\s$/.test(name)) {
      at.diagnostics.error(item.place, [...at.path, index], {
        code: "invalid-value",
        message: `${printPath(at.path)}: the variable "${shownValue(item.place, name)}" has a space at its end`,
        hint: "remove it",
      });
    }
    const given = text.slice(equals + 1);
    setOwn(value, name, equals === -1 ? without : isUnknown(given) ? unknownValue : given);
  });
}

function decodeList(node: Node, shape: ListShape, at: At): unknown {
  if (isNull(node)) return shape.keepsEmpty === true ? null : undefined;
  if (node.kind === "scalar" && shape.inWords !== undefined && typeof node.value === "string")
    return shape.inWords(node.value, node, at);
  const form = node.kind === "scalar" && shape.split !== undefined ? shape.split(node, at) : node;
  if (form === undefined) return undefined;
  if (form.kind !== "list") return misfit(node, shape, at);
  const value: unknown[] = [];
  form.items.forEach((item, position) => {
    const below = decode(item, shape.of, at.below(indexOf(form, position)));
    if (below !== undefined) value.push(below);
  });
  return shape.keepsEmpty === true ? value : nothingIfEmpty(value);
}

function nothingIfEmpty<T>(values: readonly T[]): readonly T[] | undefined {
  return values.length === 0 ? undefined : values;
}
