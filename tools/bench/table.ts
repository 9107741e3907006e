import process from "node:process";

/** One thing that was timed. */
export interface Timing {
  readonly what: string;
  /** Milliseconds of each run. */
  readonly runs: readonly number[];
  /** What the project promises, milliseconds. */
  readonly budgetMs?: number;
}

/** Times a piece of work once. */
export async function timed<T>(work: () => Promise<T>): Promise<{ readonly ms: number; readonly value: T }> {
  const started = performance.now();
  const value = await work();
  return { ms: performance.now() - started, value };
}

/** Prints medians beside their budgets; a ratio above 1 is a promise that is not kept. */
export function printTimings(timings: readonly Timing[]): void {
  const rows = timings.map(({ what, runs, budgetMs }) => {
    const typical = median(runs);
    const budget = budgetMs === undefined ? ["", ""] : [shown(budgetMs), (typical / budgetMs).toFixed(2)];
    return [what, String(runs.length), shown(typical), shown(Math.min(...runs)), shown(Math.max(...runs)), ...budget];
  });
  const table = [["what", "runs", "median", "least", "most", "budget", "ratio"], ...rows];
  const widths = (table[0] ?? []).map((_, column) => Math.max(...table.map((row) => row[column]?.length ?? 0)));
  for (const row of table) {
    const cells = row.map((cell, column) =>
      column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0),
    );
    process.stdout.write(`${cells.join("  ").trimEnd()}\n`);
  }
}

/** The middle one of several. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((one, other) => one - other);
  const middle = Math.floor(sorted.length / 2);
  const [low, high] = [sorted[sorted.length % 2 === 0 ? middle - 1 : middle], sorted[middle]];
  return ((low ?? 0) + (high ?? 0)) / 2;
}

function shown(ms: number): string {
  return ms < 1_000 ? `${ms.toFixed(1)} ms` : `${(ms / 1_000).toFixed(2)} s`;
}
