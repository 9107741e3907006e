import { parseUrn } from "../base/urn.ts";
import { cleanText, isEngineInternal, operationOf, propertyChanges, redactedOutputs, summarize } from "./events.ts";
import type { EngineEvent, StepEventMetadata } from "./events.ts";
import type { Diagnostic, Row, RunView, Severity } from "./run-view.ts";

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
