import { type Diagnostics, printPath } from "../tree/diagnostics.ts";
import { pairsOf } from "../forms/hosts.ts";
import { isIpAddress } from "../forms/ports.ts";
import { decodeScalar } from "../forms/scalars.ts";
import {
  type KeyState,
  type MappingShape,
  type Pattern,
  type Refusal,
  type Runs,
  type ScalarShape,
  type ScalarType,
  type Shape,
  shapeBelow,
  stateBeside,
} from "../shapes/shape.ts";
import {
  type Entry,
  indexOf,
  isNull,
  type ListNode,
  type MapNode,
  type Node,
  type Path,
  type Place,
  type ScalarNode,
  shownScalar,
} from "../tree/node.ts";
import { shownValue } from "../tree/within.ts";
import { isUnknown } from "../unknown.ts";
import { found } from "../stages/describe.ts";
import { nearest } from "../stages/nearest.ts";
import { valueProblem } from "../stages/validate.ts";

/** Says what of a tree Stackhouse does not run, or runs without an effect. */
export function checkSupport(node: Node, shape: Shape | undefined, path: Path, diagnostics: Diagnostics): void {
  if (shape === undefined || isNull(node)) return;
  if (node.kind === "scalar") {
    const scalar = scalarShapeOf(shape);
    if (scalar?.runs !== undefined) checkValue(node, { ...scalar, runs: scalar.runs }, path, diagnostics);
    if (scalar !== undefined) checkNumber(node, scalar.type, path, diagnostics);
    return;
  }
  if (shape.kind === "hosts") {
    checkHosts(node, path, diagnostics);
    return;
  }
  if (shape.kind === "dictionary" && shape.runs !== undefined) checkNames(node, shape.runs.names, path, diagnostics);
  if (node.kind === "list") {
    if (shape.kind !== "list") return;
    node.items.forEach((item, position) => {
      if (mayMatter(item, shape.of)) checkSupport(item, shape.of, [...path, indexOf(node, position)], diagnostics);
    });
    return;
  }
  if (shape.kind === "mapping") reportClashes(node, shape, path, diagnostics);
  const errors = diagnostics.errorCount;
  const required = (shape.kind === "mapping" ? shape.required : undefined) ?? [];
  for (const [key, entry] of inOrder(node, shape)) {
    // A short form was taken apart: with a part that is wrong, it may not have been meant so, and the others say nothing. Nor does what
    // was filled in where another key is wrong.
    if (entry.keyPlace === node.place && (diagnostics.errorCount > errors || diagnostics.hasErrorAt(path))) return;
    const known = shape.kind === "mapping" && Object.hasOwn(shape.keys, key) ? shape.keys[key] : undefined;
    const state = known === undefined ? undefined : stateBeside(known, (other) => node.entries.has(other));
    const below = shapeBelow(shape, key);
    if (state === undefined || state.state === "implemented") {
      if (below !== undefined && mayMatter(entry.value, below))
        checkSupport(entry.value, below, [...path, key], diagnostics);
      continue;
    }
    const here = [...path, key];
    reportState(state, key, entry, { path: here, diagnostics, from: required.map((other) => [...path, other]) });
    if (state.state !== "refused") checkSupport(entry.value, below, here, diagnostics);
  }
}

/** Keys that are refused come last: where what says which kind a map is of is refused, too, that is what is told. */
function inOrder({ entries }: MapNode, shape: Shape): Iterable<readonly [string, Entry]> {
  if (shape.kind !== "mapping" || shape.required === undefined) return entries;
  const isRefused = (key: string): boolean => Object.hasOwn(shape.keys, key) && shape.keys[key]?.state === "refused";
  if (![...entries.keys()].some(isRefused)) return entries;
  const all = [...entries];
  return [...all.filter(([key]) => !isRefused(key)), ...all.filter(([key]) => isRefused(key))];
}

function reportClashes(node: MapNode, { clashes = [] }: MappingShape, path: Path, diagnostics: Diagnostics): void {
  for (const { key, state, isThere, others } of clashes) {
    const entry = node.entries.get(key);
    if (entry === undefined || !isThere(node)) continue;
    if ([key, ...others].some((other) => diagnostics.isDoubtful([...path, ...other.split(".")]))) continue;
    reportState(state, key, entry, { path: [...path, key], diagnostics, from: [] });
  }
}

/** Source: moby, opts/hosts.go, `ValidateExtraHost`. */
function checkHosts(node: Node, path: Path, diagnostics: Diagnostics): void {
  for (const { addresses, from } of pairsOf(node)) {
    for (const address of addresses) {
      if (isUnknown(address) || address === "host-gateway" || isIpAddress(address)) continue;
      diagnostics.error(from.place, path, {
        code: "invalid-value",
        message: `${printPath(path)} must have IP addresses, not "${shownValue(from.place, address)}"`,
        hint: "containers of the app find each other by the names of their services; host-gateway is the host itself",
      });
    }
  }
}

/** Those of a list are what stands before the `=` of its items. */
function checkNames(node: ListNode | MapNode, names: Pattern, path: Path, diagnostics: Diagnostics): void {
  const given: readonly (readonly [string, string | number, Place])[] =
    node.kind === "map"
      ? [...node.entries].map(([name, { keyPlace }]) => [name, name, keyPlace])
      : node.items.map((item, position) => [
          item.kind === "scalar" ? String(item.value) : "",
          indexOf(node, position),
          item.place,
        ]);
  for (const [text, key, place] of given) {
    const name = node.kind === "map" ? text : (text.split("=")[0] ?? "");
    if (isUnknown(name) || names.matches.test(name)) continue;
    diagnostics.error(place, [...path, key], {
      code: "invalid-value",
      message: `the name "${shownValue(place, name)}" in ${printPath(path)} must be ${names.expected}`,
      suggestion: nearest(name, names.words ?? []),
    });
  }
}

function mayMatter(node: Node, shape: Shape | undefined): boolean {
  if (node.kind !== "scalar") return true;
  const scalar = scalarShapeOf(shape);
  return scalar !== undefined && (scalar.runs !== undefined || numbers.has(scalar.type));
}

function scalarShapeOf(shape: Shape | undefined): ScalarShape | undefined {
  switch (shape?.kind) {
    case "scalar":
      return shape;
    case "mapping":
      return shape.scalar;
    // A list of one.
    case "list":
      return scalarShapeOf(shape.of);
    case "dictionary":
    case "hosts":
    case "free":
    case undefined:
      return undefined;
  }
}

const numbers: ReadonlySet<ScalarType> = new Set(["integer", "unsigned", "count", "single", "cpus"]);

/** JSON, in which the model goes to its host, has no more exact ones. */
function checkNumber(node: ScalarNode, type: ScalarType, path: Path, diagnostics: Diagnostics): void {
  const value = numbers.has(type) && !isUnknown(node.value) ? decodeScalar(node, type) : undefined;
  if (typeof value !== "number" || Math.abs(value) <= Number.MAX_SAFE_INTEGER) return;
  diagnostics.error(node.place, path, {
    code: "invalid-value",
    message: `${printPath(path)} must be between ${Number.MIN_SAFE_INTEGER} and ${Number.MAX_SAFE_INTEGER}, not ${found(node)}`,
    hint: node.value !== null && Number(node.value) > 0 ? "where it stands for no limit, leave it out" : undefined,
  });
}

interface Here {
  readonly path: Path;
  readonly diagnostics: Diagnostics;
  readonly from: readonly Path[];
}

function reportState(key: KeyState, name: string, entry: Entry, { path, diagnostics, from }: Here): void {
  switch (key.state) {
    case "implemented":
      return;
    case "accepted":
      diagnostics.warning(entry.keyPlace, path, {
        code: key.obsolete === true ? "obsolete" : "no-effect",
        message: `"${name}" ${key.obsolete === true ? "is obsolete" : "has no effect"}: ${key.note}`,
        hint: key.obsolete === true ? "remove the line" : undefined,
      });
      return;
    case "refused":
      diagnostics.error(entry.keyPlace, path, {
        code: "not-supported",
        message: `"${name}" is not supported: ${key.reason}`,
        hint: key.instead,
        from,
      });
      return;
  }
}

function checkValue(
  node: ScalarNode,
  { runs, type, keepsZero }: ScalarShape & { readonly runs: Runs },
  path: Path,
  diagnostics: Diagnostics,
): void {
  // What is empty says nothing, where it is not kept.
  if (isUnknown(node.value) || (node.value === "" && keepsZero !== true)) return;
  const refusal = refusalOf(runs, String(node.value));
  if (refusal !== undefined) {
    const message = `${printPath(path)}: "${shownScalar(node)}" is not supported: ${refusal.reason}`;
    diagnostics.error(node.place, path, { code: "not-supported", message, hint: refusal.instead });
    return;
  }
  const problem = valueProblem(node, runs, type);
  if (problem === undefined) return;
  diagnostics.error(node.place, path, {
    code: "invalid-value",
    ...problem,
    message: `${printPath(path)} ${problem.message}`,
  });
}

function refusalOf({ refused = {} }: Runs, value: string): Refusal | undefined {
  const isIt = ([name, { matches }]: [string, { readonly matches?: RegExp }]): boolean =>
    matches === undefined ? name === value : matches.test(value);
  return Object.entries(refused).find(isIt)?.[1];
}
