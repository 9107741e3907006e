import { emptyRun, reduceEvent, type EngineEvent, type Row } from "../../../modules/engine/index.ts";

/** The only row of a type in a run, or the one with that name: rows stand in the order in which the engine began them. */
export function rowOf(run: { readonly events: readonly EngineEvent[] }, type: string, name?: string): Row {
  const rows = rowsOf(run, `stackhouse:index:${type}`);
  const [found, other] = rows.filter((row) => name === undefined || row.name === name);
  if (found === undefined) throw new Error(`no row of ${type}`);
  if (other !== undefined) throw new Error(`which ${type}: ${found.name} or ${other.name}?`);
  return found;
}

/** All rows of a type, as `aws:ec2/instance:Instance`, in the order in which the engine began them. */
export function rowsOf(run: { readonly events: readonly EngineEvent[] }, type: string): readonly Row[] {
  return run.events.reduce(reduceEvent, emptyRun).rows.filter((row) => row.type === type);
}

/** `update cpus`, `replace hostname`: what a run says about a resource's changes. */
export function changesIn(
  run: { readonly events: readonly EngineEvent[] },
  type: string,
  name?: string,
): readonly string[] {
  return rowOf(run, type, name).changes.map(({ kind, path, replaces }) => `${replaces ? "replace" : kind} ${path}`);
}

/** Everything that a run said and that stays, as one text. */
export function saidIn(run: { readonly events: readonly EngineEvent[] }): string {
  const { rows, diagnostics } = run.events.reduce(reduceEvent, emptyRun);
  return [...rows.flatMap((row) => row.diagnostics), ...diagnostics].map(({ message }) => message).join("\n");
}
