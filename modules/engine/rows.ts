import { parseUrn } from "../base/urn.ts";
import { cleanText, isEngineInternal, operationOf, propertyChanges, redactedOutputs, summarize } from "./events.ts";
import type { EngineEvent, StepEventMetadata } from "./events.ts";

/** What is done to a resource, as a person says it. A replacement is one operation with phases, not several. */
export type Operation = "same" | "create" | "update" | "replace" | "delete" | "read" | "refresh" | "import" | "forget";

export type Severity = "info" | "warning" | "error";

/** A message that stays in the record of the run. */
export interface Diagnostic {
  readonly severity: Severity;
  /** Plain text, one or more lines, without colour codes. */
  readonly message: string;
  /** The resource that it is about; undefined for the run as a whole. */
  readonly urn?: string;
}

/** One changed property, as the provider's detailed diff names it. */
export interface PropertyChange {
  /** Path in the resource's properties: `services["web"].image`. */
  readonly path: string;
  readonly kind: "add" | "delete" | "update";
  /** This change alone needs a replacement. */
  readonly replaces: boolean;
  /** JSON values; undefined where there is none, `[secret]` for secrets, `[unknown]` until the value is known. */
  readonly before?: unknown;
  readonly after?: unknown;
}

/** One line of the display: a resource and what happens to it. */
export interface Row {
  readonly urn: string;
  /** The resource's name in the program. */
  readonly name: string;
  /** Type token: `stackhouse:index:Vm`. */
  readonly type: string;
  /** A component only groups its children: nothing is done for it itself. */
  readonly kind: "resource" | "component";
  /** URN of the parent row; undefined for the Pulumi stack itself. */
  readonly parent?: string;
  readonly op: Operation;
  /** Which part of a replacement runs; undefined outside one. */
  readonly phase?: "create-replacement" | "delete-replaced";
  readonly state: "running" | "done" | "failed";
  /** Milliseconds since the Unix epoch, from the engine's events (whole seconds). */
  readonly startedAt: number;
  readonly endedAt?: number;
  /** Latest ephemeral text, `waiting for ssh 12 s`; empty when there is none. */
  readonly status: string;
  readonly diagnostics: readonly Diagnostic[];
  readonly changes: readonly PropertyChange[];
  /** Its outputs once it is done; secrets are `[secret]`. A Pulumi stack's are those of the program. */
  readonly outputs: Readonly<Record<string, unknown>>;
  /** Why a half-made resource is finished by this run: the errors saved with it. */
  readonly initErrors: readonly string[];
}

export interface Summary {
  /** How many resources by operation; a kind that is not there did not happen. */
  readonly counts: Readonly<Partial<Record<Operation, number>>>;
  /** Anything but `same` and `read`. */
  readonly changed: boolean;
  readonly durationSeconds: number;
}

/** A run of the engine as its display shows it. Rows are in order of first appearance. */
export interface RunView {
  readonly kind: "preview" | "run";
  readonly rows: readonly Row[];
  /** Messages of the run as a whole. */
  readonly diagnostics: readonly Diagnostic[];
  readonly summary?: Summary;
}

export const emptyRun: RunView = { kind: "run", rows: [], diagnostics: [] };

/**
 * The view after one more event; events come ordered by `sequence`. Unknown kinds change nothing, so that a newer engine
 * can say more than we show. Default providers are left out: they are the engine's own business.
 *
 * @example const view = events.reduce(reduceEvent, emptyRun);
 */
export function reduceEvent(view: RunView, event: EngineEvent): RunView {
  const at = event.timestamp * 1000;
  if (event.resourcePreEvent) {
    const { metadata, planning } = event.resourcePreEvent;
    const kind = planning === true ? "preview" : view.kind;
    return { ...withStep(view, metadata, { state: "running", at }), kind };
  }
  if (event.resOutputsEvent) return withStep(view, event.resOutputsEvent.metadata, { state: "done", at });
  if (event.resOpFailedEvent) return withStep(view, event.resOpFailedEvent.metadata, { state: "failed", at });
  if (event.diagnosticEvent) return withDiagnostic(view, event.diagnosticEvent, at);
  if (event.summaryEvent) return { ...view, summary: summarize(event.summaryEvent) };
  return view;
}

/** What the program of a run exports; secrets are `[secret]`. */
export function stackOutputs(view: RunView): Row["outputs"] {
  return view.rows.find(({ type }) => type === "pulumi:pulumi:Stack")?.outputs ?? {};
}

interface StepMoment {
  readonly state: Row["state"];
  readonly at: number;
}

function withStep(view: RunView, step: StepEventMetadata, moment: StepMoment): RunView {
  if (isEngineInternal(step.type)) return view;
  const known = view.rows.find((row) => row.urn === step.urn);
  const row = stepRow(known, step, moment);
  const rows = known === undefined ? [...view.rows, row] : view.rows.map((other) => (other === known ? row : other));
  return { ...view, rows };
}

function stepRow(known: Row | undefined, step: StepEventMetadata, moment: StepMoment): Row {
  const { op, phase } = operationOf(step.op);
  const parent = step.new?.parent ?? step.old?.parent ?? known?.parent;
  const changes = propertyChanges(step);
  const failedBefore = known?.state === "failed";
  return {
    urn: step.urn,
    name: parseUrn(step.urn).name,
    type: step.type,
    kind: (step.new ?? step.old)?.custom === true ? "resource" : (known?.kind ?? "component"),
    ...(parent ? { parent } : {}),
    // A refresh that precedes an update of the same run is not what the row is remembered for.
    op: known !== undefined && op === "same" ? known.op : op,
    ...(phase === undefined ? {} : { phase }),
    state: failedBefore ? "failed" : moment.state,
    startedAt: known?.startedAt ?? moment.at,
    ...(moment.state === "running" ? {} : { endedAt: moment.at }),
    status: moment.state === "running" ? (known?.status ?? "") : "",
    diagnostics: known?.diagnostics ?? [],
    changes: changes.length > 0 ? changes : (known?.changes ?? []),
    outputs: redactedOutputs(step) ?? known?.outputs ?? {},
    initErrors: step.old?.initErrors ?? known?.initErrors ?? [],
  };
}

function withDiagnostic(before: RunView, event: NonNullable<EngineEvent["diagnosticEvent"]>, at: number): RunView {
  const text = cleanText(event.message);
  const severity = severityOf(event.severity);
  if (text === "" || severity === undefined) return before;
  const view = withLookedAt(before, event.urn, at);
  const row = event.urn === undefined ? undefined : view.rows.find((other) => other.urn === event.urn);
  if (event.ephemeral === true) return row === undefined ? view : withRow(view, row, { ...row, status: text });
  const diagnostic: Diagnostic = { severity, message: text, ...(event.urn === undefined ? {} : { urn: event.urn }) };
  if (row === undefined) return { ...view, diagnostics: unlessRepeated(view.diagnostics, diagnostic) };
  return withRow(view, row, { ...row, diagnostics: unlessRepeated(row.diagnostics, diagnostic) });
}

/** A resource speaks while it is checked and compared, too: before the engine has begun a step with it. */
function withLookedAt(view: RunView, urn: string | undefined, at: number): RunView {
  if (urn === undefined) return view;
  const { type, name } = parseUrn(urn);
  if (type.startsWith("pulumi:") || view.rows.some((row) => row.urn === urn)) return view;
  const row: Row = {
    ...{ urn, type, name, kind: "resource", op: "same", state: "running", startedAt: at },
    ...{ status: "", diagnostics: [], changes: [], outputs: {}, initErrors: [] },
  };
  return { ...view, rows: [...view.rows, row] };
}

/** The SDK reports an exception of the program twice. */
function unlessRepeated(known: readonly Diagnostic[], next: Diagnostic): readonly Diagnostic[] {
  const last = known.at(-1);
  return last?.message === next.message && last.severity === next.severity ? known : [...known, next];
}

/** Undefined for what is no news to a user: the SDK's `debug` texts, which also hold secrets. */
function severityOf(severity: string): Severity | undefined {
  if (severity === "info" || severity === "info#err") return "info";
  return severity === "warning" || severity === "error" ? severity : undefined;
}

function withRow(view: RunView, before: Row, after: Row): RunView {
  return { ...view, rows: view.rows.map((row) => (row === before ? after : row)) };
}
