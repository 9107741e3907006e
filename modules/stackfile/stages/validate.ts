import { printPath, type Diagnostics, type Finding } from "../diagnostics.ts";
import { scalarForms } from "../forms/scalars.ts";
import type { DictionaryShape, Key, ListShape, MappingShape, ScalarShape, Shape } from "../keys/shape.ts";
import {
  type Entry,
  isNull,
  isOpen,
  type Node,
  type Path,
  scalar,
  type ScalarNode,
  shownScalar,
} from "../tree/node.ts";
import { isUnknown } from "../unknown.ts";
import { nearest } from "./nearest.ts";

/**
 * Checks a merged, canonical tree against its shape, reports every misfit and sets defaults. What is left over fits: later
 * stages may take its types for granted. Gives undefined where nothing is left.
 */
export function validate(node: Node, shape: Shape, path: Path, diagnostics: Diagnostics): Node | undefined {
  if (shape.kind === "free" || isOpen(node)) return node;
  if (isNull(node)) return shape.nullable === true ? node : misfit(node, shape, path, diagnostics);
  switch (shape.kind) {
    case "scalar":
      return validateScalar(node, shape, path, diagnostics);
    case "mapping":
      if (node.kind === "scalar" && shape.orScalar !== undefined) {
        return validateScalar(node, shape.orScalar, path, diagnostics);
      }
      return node.kind === "map"
        ? validateMapping(node.entries, shape, { node, path, diagnostics })
        : misfit(node, shape, path, diagnostics);
    case "dictionary":
      return node.kind === "map"
        ? validateDictionary(node.entries, shape, { node, path, diagnostics })
        : misfit(node, shape, path, diagnostics);
    case "list":
      return node.kind === "list"
        ? validateList(node.items, shape, { node, path, diagnostics })
        : misfit(node, shape, path, diagnostics);
  }
}

interface Here {
  readonly node: Node;
  readonly path: Path;
  readonly diagnostics: Diagnostics;
}

function validateScalar(node: Node, shape: ScalarShape, path: Path, diagnostics: Diagnostics): Node | undefined {
  if (node.kind !== "scalar" || node.value === null) return misfit(node, shape, path, diagnostics);
  if (isUnknown(node.value)) return node;
  if (scalarForms[shape.type].convert(node.value) === undefined) return misfit(node, shape, path, diagnostics);
  const refusal = shape.refused?.[String(node.value)];
  if (refusal !== undefined) {
    const message = `${printPath(path)}: "${shownScalar(node)}" is not supported: ${refusal}`;
    diagnostics.error(node.place, path, { code: "not-supported", message });
    return node;
  }
  const problem = valueProblem(node, shape);
  if (problem === undefined) return node;
  diagnostics.error(node.place, path, {
    code: "invalid-value",
    ...problem,
    message: `${printPath(path)} ${problem.message}`,
  });
  return undefined;
}

function valueProblem(node: ScalarNode, shape: ScalarShape): Pick<Finding, "message" | "suggestion"> | undefined {
  const value = node.value ?? "";
  const shown = `not ${found(node)}`;
  if (shape.values !== undefined && !shape.values.includes(String(value))) {
    const suggestion = nearest(String(value), shape.values);
    return { message: `must be ${orList(shape.values)}, ${shown}`, suggestion };
  }
  if (shape.pattern !== undefined && !shape.pattern.matches.test(String(value))) {
    return { message: `must be ${shape.pattern.expected}, ${shown}` };
  }
  const { min = -Infinity, max = Infinity } = shape.range ?? {};
  if (shape.range !== undefined && (Number(value) < min || Number(value) > max)) {
    const bounds = max === Infinity ? `at least ${min}` : `between ${min} and ${max}`;
    return { message: `must be ${bounds}, ${shown}` };
  }
  return undefined;
}

function orList(values: readonly string[]): string {
  return values.length < 2 ? values.join("") : `${values.slice(0, -1).join(", ")} or ${values.at(-1) ?? ""}`;
}

function misfit(node: Node, shape: Shape, path: Path, diagnostics: Diagnostics): Node | undefined {
  const isNumberForString = node.kind === "scalar" && shape.kind === "scalar" && node.value !== null;
  diagnostics.error(node.place, path, {
    code: "wrong-type",
    message: `${subjectOf(path)} must be ${expectedOf(shape)}, not ${found(node)}`,
    hint: isNumberForString && shape.type === "string" ? `quote it: "${shownScalar(node)}"` : undefined,
  });
  return undefined;
}

function subjectOf(path: Path): string {
  return path.length === 0 ? "a stack file" : printPath(path);
}

function expectedOf(shape: Shape): string {
  if (shape.expected !== undefined) return shape.expected;
  switch (shape.kind) {
    case "scalar":
      return scalarForms[shape.type].expected;
    case "list":
      return "a list";
    case "mapping":
    case "dictionary":
    case "free":
      return "a map";
  }
}

function found(node: Node): string {
  if (node.kind !== "scalar") return node.kind === "map" ? "a map" : "a list";
  if (node.value === null) return "empty";
  return typeof node.value === "string" ? `"${shownScalar(node)}"` : shownScalar(node);
}

function validateMapping(entries: ReadonlyMap<string, Entry>, shape: MappingShape, here: Here): Node | undefined {
  const kept = new Map<string, Entry>();
  for (const [key, entry] of entries) {
    const path = [...here.path, key];
    const known = Object.hasOwn(shape.keys, key) ? shape.keys[key] : undefined;
    if (known === undefined) {
      if (!key.startsWith("x-")) reportUnknownKey(key, entry, shape, { ...here, path });
      else if (shape.keepsExtensions === true) kept.set(key, entry);
      continue;
    }
    reportState(known, key, entry, { ...here, path });
    if (known.state === "accepted" && known.obsolete === true) continue;
    const value = validate(entry.value, known.shape, path, here.diagnostics);
    if (value !== undefined) kept.set(key, { ...entry, value });
  }
  for (const [key, value] of Object.entries(shape.defaults ?? {})) {
    if (!kept.has(key)) kept.set(key, { keyPlace: here.node.place, value: scalar(value, here.node.place) });
  }
  const missing = shape.required?.filter((key) => !entries.has(key)) ?? [];
  for (const key of missing) {
    here.diagnostics.error(here.node.place, here.path, {
      code: "missing-key",
      message: `${subjectOf(here.path)} needs "${key}"`,
    });
  }
  const incomplete = shape.required?.some((key) => !kept.has(key)) ?? false;
  return incomplete ? undefined : { kind: "map", entries: kept, place: here.node.place };
}

function reportState(key: Key, name: string, entry: Entry, here: Here): void {
  switch (key.state) {
    case "implemented":
      return;
    case "accepted":
      here.diagnostics.warning(entry.keyPlace, here.path, {
        code: key.obsolete === true ? "obsolete" : "no-effect",
        message: `"${name}" ${key.obsolete === true ? "is obsolete" : "has no effect"}: ${key.note}`,
        hint: key.obsolete === true ? "remove the line" : undefined,
      });
      return;
    case "refused":
      here.diagnostics.error(entry.keyPlace, here.path, {
        code: "not-supported",
        message: `"${name}" is not supported: ${key.reason}`,
      });
      // The value is kept, so that later stages do not miss it.
      return;
  }
}

function reportUnknownKey(key: string, entry: Entry, shape: MappingShape, here: Here): void {
  const suggestion = here.diagnostics.isFull ? undefined : nearest(key, Object.keys(shape.keys));
  const parent = here.path.slice(0, -1);
  here.diagnostics.error(entry.keyPlace, here.path, {
    code: "unknown-key",
    message: parent.length === 0 ? `unknown key "${key}"` : `unknown key "${key}" in ${printPath(parent)}`,
    hint: suggestion === undefined ? 'keys of your own begin with "x-"' : undefined,
    suggestion,
  });
}

function validateDictionary(entries: ReadonlyMap<string, Entry>, shape: DictionaryShape, here: Here): Node {
  const kept = new Map<string, Entry>();
  for (const [key, entry] of entries) {
    const path = [...here.path, key];
    if (shape.names !== undefined && !shape.names.matches.test(key)) {
      here.diagnostics.error(entry.keyPlace, path, {
        code: "invalid-value",
        message: `the name "${key}" in ${printPath(here.path)} may only have ${shape.names.expected}`,
      });
      continue;
    }
    const value = validate(entry.value, shape.of, path, here.diagnostics);
    if (value !== undefined) kept.set(key, { ...entry, value });
  }
  return { kind: "map", entries: kept, place: here.node.place };
}

function validateList(items: readonly Node[], shape: ListShape, here: Here): Node {
  const kept = items.flatMap((item, index) => validate(item, shape.of, [...here.path, index], here.diagnostics) ?? []);
  return { kind: "list", items: kept, place: here.node.place };
}
