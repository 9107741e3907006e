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

/**
 * Rows as a tree in reading order: parents before children, siblings by first appearance. Left out are the Pulumi stack and
 * components that read the same as their child, as an `App` around its resource.
 */
export function placeRows(rows: readonly Row[]): readonly PlacedRow[] {
  const real = rows.filter((row) => !isStackRow(row));
  const byUrn = new Map(real.map((row) => [row.urn, row]));
  const parentOf = (row: Row): Row | undefined =>
    row.parent === undefined || row.parent === row.urn ? undefined : byUrn.get(row.parent);
  const wrappers = new Set(
    real.flatMap((row) => {
      const parent = parentOf(row);
      return parent !== undefined && label(parent) === label(row) ? [parent] : [];
    }),
  );
  const place = (parent: Row | undefined, depth: number): PlacedRow[] =>
    real
      .filter((row) => parentOf(row) === parent)
      .flatMap((row) => (wrappers.has(row) ? place(row, depth) : [{ row, depth }, ...place(row, depth + 1)]));
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

/** Whether the run does something to the resource. */
export function isChange({ op }: Row): boolean {
  return op !== "same" && op !== "read" && op !== "refresh";
}

/** How many resources by operation; components and the Pulumi stack are none. */
export function countRows(view: RunView): Readonly<Partial<Record<Operation, number>>> {
  const counts: Partial<Record<Operation, number>> = {};
  for (const { kind, op, type } of view.rows) {
    if (kind === "resource" && type !== stackType) counts[op] = (counts[op] ?? 0) + 1;
  }
  return counts;
}
