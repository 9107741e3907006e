import type { Style } from "./style.ts";
import { pad, width } from "./text.ts";

/** Rows in columns as wide as they must be, two spaces apart; the header is faint. Gives lines without trailing blanks. */
export function table(header: readonly string[], rows: readonly (readonly string[])[], style: Style): string[] {
  const all = [header, ...rows];
  const widths = header.map((_, column) => Math.max(...all.map((row) => width(row[column] ?? ""))));
  const line = (row: readonly string[]): string =>
    row
      .map((cell, column) => pad(cell, widths[column] ?? 0))
      .join("  ")
      .trimEnd();
  return all.map((row, index) => (index === 0 ? style.faint(line(row)) : line(row)));
}
