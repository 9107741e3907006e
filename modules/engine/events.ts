import type { EngineEvent, OpType, PropertyDiff, StepEventMetadata } from "@pulumi/pulumi/automation/index.js";
import type { Operation, PropertyChange, Row, Summary } from "./run-view.ts";
import { isSecret } from "./secrets.ts";

/** An event of the engine as it comes; recorded ones are in `test/unit/engine-events`. */
export type { EngineEvent, StepEventMetadata };

const operations: Readonly<Record<OpType, { readonly op: Operation; readonly phase?: NonNullable<Row["phase"]> }>> = {
  same: { op: "same" },
  create: { op: "create" },
  update: { op: "update" },
  delete: { op: "delete" },
  replace: { op: "replace" },
  "create-replacement": { op: "replace", phase: "create-replacement" },
  "delete-replaced": { op: "replace", phase: "delete-replaced" },
  read: { op: "read" },
  "read-replacement": { op: "read" },
  refresh: { op: "refresh" },
  discard: { op: "forget" },
  "discard-replaced": { op: "forget" },
  "remove-pending-replace": { op: "forget" },
  import: { op: "import" },
  "import-replacement": { op: "import" },
};

/** A kind that a newer engine invents is shown as an update: something happens to the resource. */
export function operationOf(op: string): { readonly op: Operation; readonly phase?: NonNullable<Row["phase"]> } {
  return Object.hasOwn(operations, op) ? operations[op as OpType] : { op: "update" };
}

/** Default providers and other rows that no program wrote. */
export function isEngineInternal(type: string): boolean {
  return type.startsWith("pulumi:providers:") || type.startsWith("pulumi:pulumi:StackReference");
}

/**
 * Without the engine's colour tags and terminal codes, and without blank lines around. Of what is wrong with a property its name
 * and the reason stay: the engine puts the resource and the whole value before them.
 */
export function cleanText(message: string): string {
  return message
    .replaceAll(/<\{%.*?%\}>/gu, "")
    .replaceAll(escapeCodes, "")
    .trim()
    .replace(/^\S+ resource '[^']*': property (\S+) value \{.*?\} has a problem: /su, "$1: ");
}
const escapeCodes = new RegExp(`${String.fromCodePoint(27)}\\[[0-9;]*m`, "gu");

/** What differs, from the provider's detailed diff; from the plain list of keys where it gave none. */
export function propertyChanges(step: StepEventMetadata): readonly PropertyChange[] {
  if (step.detailedDiff && Object.keys(step.detailedDiff).length > 0) {
    return Object.entries(step.detailedDiff).map(([path, diff]) => detailedChange(step, path, diff));
  }
  const replaceKeys = new Set(step.keys ?? []);
  return (step.diffs ?? []).map((path) => ({
    path,
    kind: "update",
    replaces: replaceKeys.has(path),
    ...values(step.old?.inputs, step.new?.inputs, path),
  }));
}

function detailedChange(step: StepEventMetadata, path: string, diff: PropertyDiff): PropertyChange {
  const kind = diff.diffKind.startsWith("add") ? "add" : diff.diffKind.startsWith("delete") ? "delete" : "update";
  const before = diff.inputDiff ? step.old?.inputs : step.old?.outputs;
  return { path, kind, replaces: diff.diffKind.endsWith("-replace"), ...values(before, step.new?.inputs, path) };
}

function values(before: unknown, after: unknown, path: string): Pick<PropertyChange, "before" | "after"> {
  const keys = pathKeys(path);
  const old = redact(valueAt(before, keys));
  const now = redact(valueAt(after, keys));
  return { ...(old === undefined ? {} : { before: old }), ...(now === undefined ? {} : { after: now }) };
}

/**
 * The keys of a property path: `a.b[0]["c.d"]`.
 * Source: property paths of the Pulumi SDK, github.com/pulumi/pulumi sdk/go/common/resource/property_path.go.
 */
export function pathKeys(path: string): readonly string[] {
  const keys: string[] = [];
  for (const match of path.matchAll(/\["((?:[^"\\]|\\.)*)"\]|\[(\d+)\]|([^.[\]]+)/gu)) {
    keys.push(match[1]?.replaceAll(/\\(.)/gu, "$1") ?? match[2] ?? match[3] ?? "");
  }
  return keys;
}

function valueAt(root: unknown, keys: readonly string[]): unknown {
  let value = root;
  for (const key of keys) {
    if (typeof value !== "object" || value === null || !Object.hasOwn(value, key)) return undefined;
    value = (value as Record<string, unknown>)[key];
  }
  return value;
}

/** Source: github.com/pulumi/pulumi sdk/go/common/resource/plugin/rpc.go. */
const unknownValue = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

/** Secrets and unknown values as words, at any depth. */
function redact(value: unknown): unknown {
  if (value === unknownValue) return "[unknown]";
  if (Array.isArray(value)) return value.map(redact);
  if (typeof value !== "object" || value === null) return value;
  if (isSecret(value)) return "[secret]";
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, redact(inner)]));
}

/** What the resource has after the step; undefined where it is gone or not known yet. */
export function redactedOutputs(step: StepEventMetadata): Readonly<Record<string, unknown>> | undefined {
  return step.new?.outputs === undefined ? undefined : (redact(step.new.outputs) as Record<string, unknown>);
}

/** The engine's counts by operation; a replacement counts once, not once a phase. */
function countChanges(byName: Readonly<Record<string, number>>): Pick<Summary, "counts" | "changed"> {
  const counts: Partial<Record<Operation, number>> = {};
  for (const [name, count] of Object.entries(byName)) {
    const { op, phase } = operationOf(name);
    if (phase === undefined) counts[op] = (counts[op] ?? 0) + count;
  }
  const changed = Object.keys(counts).some((op) => op !== "same" && op !== "read");
  return { counts, changed };
}

export function summarize(event: NonNullable<EngineEvent["summaryEvent"]>): Summary {
  return { ...countChanges(event.resourceChanges), durationSeconds: event.durationSeconds };
}
