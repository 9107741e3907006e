import { isDeepStrictEqual } from "node:util";
import type { PropertyChange, Row, RunView } from "../../engine/index.ts";
import type { Style } from "./style.ts";
import { cut, oneLine } from "./text.ts";
import { countRows, isChange, label, placeRows } from "./tree.ts";
import { countWords, planWord, sign } from "./words.ts";

/** What a run would do and why: resources that change, what differs, and the container-level steps of each app. */
export function planLines(title: string, view: RunView, style: Style): string[] {
  const placed = placeRows(view.rows);
  const changed = new Set(placed.filter(({ row }) => isChange(row)).map(({ row }) => row.urn));
  const needed = withAncestors(view.rows, changed);
  const lines = placed
    .filter(({ row }) => needed.has(row.urn) || row.diagnostics.length > 0)
    .flatMap(({ row, depth }) => rowLines(row, style).map((line) => "  ".repeat(depth + 1) + line));
  const total = countWords(countRows(view), "plan");
  if (changed.size === 0) return [...lines, `Nothing to do for ${title}${total === "" ? "" : `: ${total}`}.`];
  return [`Plan for ${title}:`, "", ...lines, "", `${total}.`];
}

function withAncestors(rows: readonly Row[], urns: ReadonlySet<string>): ReadonlySet<string> {
  const byUrn = new Map(rows.map((row) => [row.urn, row]));
  const found = new Set(urns);
  for (const urn of urns) {
    for (let row = byUrn.get(urn); row?.parent !== undefined && !found.has(row.parent); row = byUrn.get(row.parent)) {
      found.add(row.parent);
    }
  }
  return found;
}

function rowLines(row: Row, style: Style): string[] {
  const word = isChange(row) && row.kind === "resource" ? `  ${style.faint(planWord(row.op))}` : "";
  const head = `${sign(row.op, style)} ${style.strong(label(row))}${word}`;
  const reasons = row.initErrors.map((text) => `finish what the last run left: ${cut(oneLine(text), 160)}`);
  const steps = row.diagnostics.flatMap(({ severity, message }) =>
    message.split("\n").map((line) => {
      const text = oneLine(line);
      return severity === "info" ? text : (severity === "error" ? style.bad : style.warn)(`${severity}: ${text}`);
    }),
  );
  return [head, ...[...reasons, ...changesOf(row).map(changeText), ...steps].map((line) => `    ${line}`)];
}

/** The plan of an app says better what its inputs say: of these only what needs a replacement is shown beside it. */
function changesOf(row: Row): readonly PropertyChange[] {
  if (!isChange(row) || row.op === "create" || row.op === "delete") return [];
  const isPlanned = row.diagnostics.some(({ severity }) => severity === "info");
  return isPlanned ? row.changes.filter(({ replaces }) => replaces) : withoutUnknownParts(row.changes);
}

/** What is not known at all yet is one change, however many parts it has. */
function withoutUnknownParts(changes: readonly PropertyChange[]): readonly PropertyChange[] {
  const headOf = ({ path }: PropertyChange): string => /^[^.[]*/u.exec(path)?.[0] ?? path;
  return [...new Set(changes.map(headOf))].flatMap((path): readonly PropertyChange[] => {
    const parts = changes.filter((change) => headOf(change) === path);
    const isVague = parts.every(({ after }) => after === "[unknown]" || after === "[secret]");
    if (parts.length < 2 || !isVague || parts.every(({ after }) => after === "[secret]")) return parts;
    return [{ path, kind: "update", replaces: parts.some(({ replaces }) => replaces), after: "[unknown]" }];
  });
}

const valueLength = 60;

function changeText(change: PropertyChange): string {
  const replaces = change.replaces ? " (needs a replacement)" : "";
  switch (change.kind) {
    case "add":
      return `${change.path}: ${valueText(change.after)} added${replaces}`;
    case "delete":
      return `${change.path}: ${valueText(change.before)} removed${replaces}`;
    case "update":
      if (change.before === undefined && change.after === "[unknown]") {
        return `${change.path} is known when up runs${replaces}`;
      }
      // What the world did to a resource: no input says what it is to be.
      if (change.after === undefined) return `${change.path} changes${replaces}`;
      // What the program wants is as it was, and the world is not, as far as it is known.
      if (isDeepStrictEqual(change.before, change.after) && isKnown(change.after))
        return `${change.path} is put right${replaces}`;
      return `${change.path}: ${valueText(change.before)} → ${valueText(change.after)}${replaces}`;
  }
}

function isKnown(value: unknown): boolean {
  return value !== "[secret]" && value !== "[unknown]";
}

function valueText(value: unknown): string {
  if (value === undefined) return "none";
  if (value === "[secret]" || value === "[unknown]") return value;
  return cut(oneLine(JSON.stringify(value)), valueLength);
}
