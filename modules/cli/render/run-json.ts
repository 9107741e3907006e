import type { RunView } from "../../engine/index.ts";
import { countRows, placeRows } from "./tree.ts";

/** A run or a preview as `--json` prints it. */
export function runJson(view: RunView) {
  return {
    counts: countRows(view),
    resources: placeRows(view.rows).map(({ row }) => ({
      urn: row.urn,
      type: row.type,
      name: row.name,
      operation: row.op,
      state: row.state,
      changes: row.changes,
      messages: row.diagnostics.map(({ severity, message }) => ({ severity, message })),
    })),
  };
}
