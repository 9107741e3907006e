import type { VariableUse } from "../../stackfile/interpolate/uses.ts";

/** The variables of a stack file as `docker compose config --variables` shows them: in columns that scripts cut. */
export function variablesTable(uses: readonly VariableUse[]): string[] {
  const header = ["NAME", "REQUIRED", "DEFAULT VALUE", "ALTERNATE VALUE"];
  const rows = uses.map(({ name, required, defaultValue, alternateValue }) => [
    name,
    String(required),
    defaultValue,
    alternateValue,
  ]);
  const all = [header, ...rows];
  const widths = header.map((_, column) =>
    all.reduce((widest, row) => Math.max(widest, (row[column]?.length ?? 0) + 3), 20),
  );
  return all.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join("")
      .trimEnd(),
  );
}

/** By name, with the keys that `docker compose config --variables --format json` has. */
export function variablesJson(uses: readonly VariableUse[]): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    uses.map(({ name, required, defaultValue, alternateValue }) => [
      name,
      { Name: name, DefaultValue: defaultValue, PresenceValue: alternateValue, Required: required },
    ]),
  );
}
