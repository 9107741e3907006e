import type { Operation, Row, RunView } from "../../engine/index.ts";

/** A row at its place in the tree of the program. */
export interface PlacedRow {
  readonly row: Row;
  /** 0 for what stands directly in the program. */
  readonly depth: number;
}

const stackType = "pulumi:pulumi:Stack";

/** The row of the Pulumi stack itself: the run as a whole, not a thing that a user made. */
export function isStackRow(row: Row): boolean {
  return row.type === stackType;
}

/** Rows as a tree in reading order: parents before children, siblings by first appearance. The Pulumi stack is left out. */
export function placeRows(rows: readonly Row[]): readonly PlacedRow[] {
  const shown = rows.filter((row) => !isStackRow(row));
  const urns = new Set(shown.map((row) => row.urn));
  const parentOf = (row: Row): string | undefined =>
    row.parent !== undefined && urns.has(row.parent) && row.parent !== row.urn ? row.parent : undefined;
  const place = (parent: string | undefined, depth: number): PlacedRow[] =>
    shown.filter((row) => parentOf(row) === parent).flatMap((row) => [{ row, depth }, ...place(row.urn, depth + 1)]);
  return place(undefined, 0);
}

/** `Vm`, `App`; `aws:Instance` for what another package makes. */
export function shortType(type: string): string {
  const parts = type.split(":");
  const name = parts.at(-1) ?? type;
  return parts[0] === "stackhouse" || parts.length < 3 ? name : `${parts[0] ?? ""}:${name}`;
}

/** `Vm shop`. */
export function label(row: Row): string {
  return `${shortType(row.type)} ${row.name}`;
}

/** How many resources by operation, the Pulumi stack not counted. */
export function countRows(view: RunView): Readonly<Partial<Record<Operation, number>>> {
  const counts: Partial<Record<Operation, number>> = {};
  for (const { row } of placeRows(view.rows)) counts[row.op] = (counts[row.op] ?? 0) + 1;
  return counts;
}
