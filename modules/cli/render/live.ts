import { seconds } from "../../base/wait.ts";
import type { Row, RunView } from "../../engine/index.ts";
import type { Style } from "./style.ts";
import { cut, oneLine, pad, width } from "./text.ts";
import { isChange, label, placeRows, type PlacedRow } from "./tree.ts";
import { rowTime, stateWord } from "./words.ts";

/** Work that is not a resource: `engine`, with its latest status text. */
export interface Task {
  readonly name: string;
  readonly status: string;
  readonly startedAt: number;
}

export interface Screen {
  /** Milliseconds since the Unix epoch. */
  readonly now: number;
  readonly columns: number;
  /** Lines that fit; more rows are folded. */
  readonly lines: number;
  readonly style: Style;
}

const spinner = ["⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"] as const;
const frameMs = 100;

/** The changing part of the screen while a run goes on: one line a resource, as a tree. */
export function liveLines(view: RunView, task: Task | undefined, screen: Screen): string[] {
  const taskLines = task === undefined || task.status === "" ? [] : [taskLine(task, screen)];
  const room = Math.max(1, screen.lines - taskLines.length);
  const { shown, folded } = fold(placeRows(view.rows).filter(isWorthShowing), room);
  const names = shown.map((placed) => "  ".repeat(placed.depth) + label(placed.row));
  const nameWidth = Math.max(0, ...names.map(width));
  const wordWidth = Math.max(0, ...shown.map((placed) => width(stateWord(placed.row))));
  const rows = shown.map(({ row }, index) =>
    rowLine(row, { name: pad(names[index] ?? "", nameWidth), wordWidth }, screen),
  );
  const foldLine = folded === 0 ? [] : [screen.style.faint(cut(`  … ${folded} more`, screen.columns))];
  return [...taskLines, ...rows, ...foldLine];
}

function isWorthShowing({ row }: PlacedRow): boolean {
  return row.state !== "done" || isChange(row);
}

/** Finished rows go first when there is not enough room; what runs or failed stays as long as it can. */
function fold(placed: readonly PlacedRow[], room: number): { shown: readonly PlacedRow[]; folded: number } {
  if (placed.length <= room) return { shown: placed, folded: 0 };
  const keep = room - 1;
  const important = placed.filter(({ row }) => row.state !== "done");
  const rest = placed.filter(({ row }) => row.state === "done");
  const chosen = new Set([...important.slice(0, keep), ...rest.slice(0, Math.max(0, keep - important.length))]);
  return { shown: placed.filter((one) => chosen.has(one)), folded: placed.length - chosen.size };
}

function rowLine(row: Row, columns: { name: string; wordWidth: number }, screen: Screen): string {
  const { style } = screen;
  const word = pad(stateWord(row), columns.wordWidth);
  const time = rowTime(row, screen.now).padStart(11);
  const head = `${mark(row.state, screen)} ${columns.name}  ${paintWord(row, word, style)} ${style.faint(time)}`;
  const status = oneLine(row.status);
  const left = screen.columns - width(head) - 2;
  if (left < 0) return cut(`${markSign(row.state, screen.now)} ${columns.name}  ${word} ${time}`, screen.columns);
  return status === "" || left < 8 ? head.trimEnd() : `${head}  ${style.faint(cut(status, left))}`;
}

function paintWord(row: Row, word: string, style: Style): string {
  switch (row.state) {
    case "running":
      return style.accent(word);
    case "done":
      return style.good(word);
    case "failed":
      return style.bad(word);
  }
}

function mark(state: Row["state"], { style, now }: Screen): string {
  const sign = markSign(state, now);
  return state === "running" ? style.accent(sign) : state === "done" ? style.good(sign) : style.bad(sign);
}

function markSign(state: Row["state"], now: number): string {
  switch (state) {
    case "running":
      return spinner[Math.floor(now / frameMs) % spinner.length] ?? "·";
    case "done":
      return "✓";
    case "failed":
      return "✗";
  }
}

function taskLine(task: Task, screen: Screen): string {
  const { style, now, columns } = screen;
  const time = seconds(Math.max(0, now - task.startedAt));
  const text = `${task.name}  ${time}  ${oneLine(task.status)}`.trimEnd();
  return `${style.accent(markSign("running", now))} ${cut(text, columns - 2)}`;
}
