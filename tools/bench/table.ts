import process from "node:process";

/** One thing that was timed, or weighed. */
export interface Measurement {
  readonly what: string;
  /** Of each run, in `unit`. */
  readonly runs: readonly number[];
  /** What the project promises, for the median. */
  readonly budget?: number | undefined;
  readonly unit?: Unit;
}

/** `ms`: milliseconds, long ones shown as seconds. */
type Unit = "ms" | "MiB";

/** Times a piece of work once. */
export async function timed<T>(work: () => Promise<T>): Promise<{ readonly ms: number; readonly value: T }> {
  const started = performance.now();
  const value = await work();
  return { ms: performance.now() - started, value };
}

/** Prints medians beside their budgets; a ratio above 1 is a promise that is not kept. */
export function printMeasurements(measurements: readonly Measurement[]): void {
  const rows = measurements.map(({ what, runs, budget, unit = "ms" }) => {
    const typical = median(runs);
    const promised = budget === undefined ? ["", ""] : [inUnit(budget, unit), (typical / budget).toFixed(2)];
    const shown = [typical, Math.min(...runs), percentile(runs, 0.9), Math.max(...runs)];
    return [what, String(runs.length), ...shown.map((value) => inUnit(value, unit)), ...promised];
  });
  const table = [["what", "runs", "median", "least", "p90", "most", "budget", "ratio"], ...rows];
  const widths = (table[0] ?? []).map((_, column) => Math.max(...table.map((row) => row[column]?.length ?? 0)));
  for (const row of table) {
    const cells = row.map((cell, column) =>
      column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0),
    );
    process.stdout.write(`${cells.join("  ").trimEnd()}\n`);
  }
}

/** A column of measurements of one kind, by what a row is about; undefined where it has none. */
export interface Column {
  readonly title: string;
  readonly of: (row: string) => Measurement | undefined;
}

/** Prints a table in Markdown, for README. Its cells hold median, least and p90. */
export function printMarkdown(rows: readonly string[], columns: readonly Column[]): void {
  const cells = rows.map((row) => [row, ...columns.map((column) => cellOf(column.of(row)))]);
  const table = [["p50 / min / p90", ...columns.map(({ title }) => title)], ...cells];
  const widths = (table[0] ?? []).map((_, column) => Math.max(...table.map((row) => row[column]?.length ?? 0)));
  const lines = table.map((row) => row.map((cell, column) => cell.padEnd(widths[column] ?? 0)));
  const ruled = [...lines.slice(0, 1), widths.map((width) => "-".repeat(width)), ...lines.slice(1)];
  for (const line of ruled) process.stdout.write(`| ${line.join(" | ")} |\n`);
}

function cellOf(measurement: Measurement | undefined): string {
  if (measurement === undefined) return "";
  const { runs, unit = "ms" } = measurement;
  const values = [median(runs), Math.min(...runs), percentile(runs, 0.9)];
  const isLong = unit === "ms" && Math.max(...values) >= 1_000;
  const shown = values.map((value) => (isLong ? (value / 1_000).toFixed(1) : value.toFixed(0)));
  return `${shown.join(" / ")} ${isLong ? "s" : unit}`;
}

/** The middle one of several. */
export function median(values: readonly number[]): number {
  return percentile(values, 0.5);
}

/** Between the two nearest values where none is at that place. */
function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((one, other) => one - other);
  const place = (sorted.length - 1) * share;
  const [low = 0, high = low] = [sorted[Math.floor(place)], sorted[Math.ceil(place)]];
  return low + (high - low) * (place - Math.floor(place));
}

function inUnit(value: number, unit: Unit): string {
  switch (unit) {
    case "ms":
      return value < 1_000 ? `${value.toFixed(1)} ms` : `${(value / 1_000).toFixed(2)} s`;
    case "MiB":
      return `${value.toFixed(0)} MiB`;
  }
}
