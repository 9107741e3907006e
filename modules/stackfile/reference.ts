import type { DictionaryShape, Key, KeyState, MappingShape, ScalarShape, Shape } from "./shapes/shape.ts";
import { rulesInWords } from "./stages/describe.ts";

/** A line of the reference: what becomes of a key, or of one value of a key. */
interface Row {
  /** `services.*.ports[].target`; with `: VALUE` for a value, or for a form of values. */
  readonly path: string;
  /** What this is so beside, in Markdown. */
  readonly beside?: string;
  readonly state: "works" | "no effect" | "refused";
  /** Why, where it does not just work. */
  readonly why: string;
  /** What to write in its place. */
  readonly instead: string;
}

/** Every key of a stack file and what becomes of it, as `docs/compose.md` holds it: a table for each top-level key. */
export function referenceOf(stackFile: MappingShape): string {
  const sections = Object.entries(stackFile.keys).map(([name, key]) => ({ name, rows: rowsOf(name, key) }));
  const top = sections.flatMap(({ rows: [own] }) => own ?? []);
  const below = sections.filter(({ rows }) => rows.length > 1);
  return [
    summary(sections.flatMap(({ rows }) => rows)),
    `### Top level\n\n${table(top)}\n`,
    ...below.map(({ name, rows: [, ...rows] }) => `### ${name}\n\n${table(rows)}\n`),
  ].join("\n");
}

function summary(rows: readonly Row[]): string {
  const count = (state: Row["state"]): number =>
    rows.filter((row) => row.state === state && row.beside === undefined).length;
  return `${count("works")} keys work, ${count("no effect")} are accepted without effect, ${count("refused")} keys or values are refused.\n`;
}

function rowsOf(path: string, key: Key): readonly Row[] {
  if (key.state !== "depends") return [{ path, ...outcomeOf(key) }, ...(works(key) ? rowsBelow(path, key.shape) : [])];
  const { alone, beside, on, shape } = key;
  const own = [
    { path, ...outcomeOf(alone) },
    { path, beside: `\`${on}\``, ...outcomeOf(beside) },
  ];
  return [...own, ...(works(alone) || works(beside) ? rowsBelow(path, shape) : [])];
}

/** What is below a key without an effect has none either. */
function works({ state }: KeyState): boolean {
  return state === "implemented";
}

function outcomeOf(state: KeyState): Pick<Row, "state" | "why" | "instead"> {
  switch (state.state) {
    case "implemented":
      return { state: "works", why: "", instead: "" };
    case "accepted":
      return { state: "no effect", why: state.note, instead: "" };
    case "refused":
      return { state: "refused", why: state.reason, instead: state.instead };
  }
}

function rowsBelow(path: string, shape: Shape): readonly Row[] {
  switch (shape.kind) {
    case "free":
    case "hosts":
      return [];
    case "scalar":
      return valueRows(path, shape);
    case "list":
      return rowsBelow(`${path}[]`, shape.of);
    case "dictionary":
      return [...nameRows(path, shape), ...rowsBelow(`${path}.*`, shape.of)];
    case "mapping":
      return Object.entries(shape.keys).flatMap(([name, key]) => {
        const here = `${path}.${name}`;
        return [...rowsOf(here, key), ...clashRows(here, name, shape)];
      });
  }
}

/** What of the specification's values is refused: those that have a reason of their own, then whatever else does not fit. */
function valueRows(path: string, { runs = {} }: ScalarShape): readonly Row[] {
  const named = Object.entries(runs.refused ?? {}).map(([value, { reason: why, instead }]): Row => ({
    path: `${path}: ${value}`,
    state: "refused",
    why,
    instead,
  }));
  const taken = rulesInWords(runs);
  return taken === undefined
    ? named
    : [...named, { path: `${path}: (others)`, state: "refused", why: `it must be ${taken}`, instead: "" }];
}

function nameRows(path: string, { runs }: DictionaryShape): readonly Row[] {
  if (runs === undefined) return [];
  return [{ path: `${path}.(others)`, state: "refused", why: `the name must be ${runs.names.expected}`, instead: "" }];
}

function clashRows(path: string, name: string, { clashes = [] }: MappingShape): readonly Row[] {
  return clashes
    .filter(({ key }) => key === name)
    .map(({ beside, state }): Row => ({ path, beside, ...outcomeOf(state) }));
}

/** Of Markdown: what would end a cell, or emphasise, stands for itself. */
function asText(words: string): string {
  return words.replaceAll(/[|*]/gu, String.raw`\$&`);
}

function table(rows: readonly Row[]): string {
  const cells = [
    ["key", "state", "why", "instead"],
    ...rows.map(({ path, beside, state, why, instead }) => [
      `\`${path}\`${beside === undefined ? "" : ` beside ${beside}`}`,
      state,
      asText(why),
      asText(instead),
    ]),
  ];
  const widths = [0, 1, 2, 3].map((column) => Math.max(3, ...cells.map((row) => row[column]?.length ?? 0)));
  const line = (row: readonly string[]): string =>
    `| ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(" | ")} |`;
  const rule = `| ${widths.map((width) => "-".repeat(width)).join(" | ")} |`;
  const [header = [], ...rest] = cells;
  return [line(header), rule, ...rest.map(line)].join("\n");
}
