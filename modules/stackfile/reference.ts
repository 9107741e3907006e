import type { Key, MappingShape, Shape } from "./keys/shape.ts";

/** What becomes of a key, or of one value of a key. */
interface KeyState {
  /** `services.*.ports[].target`; with `: VALUE` for a value. */
  readonly path: string;
  readonly state: "works" | "no effect" | "refused";
  /** Why, where it does not just work. */
  readonly note: string;
}

/** Every key of a stack file and what becomes of it, as `docs/compose.md` holds it: a table for each top-level key. */
export function referenceOf(stackFile: MappingShape): string {
  const states = Object.entries(stackFile.keys).map(([name, key]) => ({ name, keys: statesOf(name, key) }));
  const top = states.flatMap(({ keys: [own] }) => own ?? []);
  const below = states.filter(({ keys }) => keys.length > 1);
  return [
    summary(states.flatMap(({ keys }) => keys)),
    `### Top level\n\n${table(top)}\n`,
    ...below.map(({ name, keys: [, ...keys] }) => `### ${name}\n\n${table(keys)}\n`),
  ].join("\n");
}

function summary(states: readonly KeyState[]): string {
  const count = (state: KeyState["state"]): number => states.filter((key) => key.state === state).length;
  return `${count("works")} keys work, ${count("no effect")} are accepted without effect, ${count("refused")} keys or values are refused.\n`;
}

function statesOf(path: string, key: Key): readonly KeyState[] {
  const own = { path, ...stateOf(key) };
  return key.state === "refused" || isObsolete(key) ? [own] : [own, ...statesBelow(path, key.shape)];
}

function isObsolete(key: Key): boolean {
  return key.state === "accepted" && key.obsolete === true;
}

function stateOf(key: Key): Omit<KeyState, "path"> {
  switch (key.state) {
    case "implemented":
      return { state: "works", note: "" };
    case "accepted":
      return { state: "no effect", note: key.note };
    case "refused":
      return { state: "refused", note: key.reason };
  }
}

function statesBelow(path: string, shape: Shape): readonly KeyState[] {
  switch (shape.kind) {
    case "free":
    case "hosts":
      return [];
    case "scalar":
      return Object.entries(shape.runs?.refused ?? {}).map(([value, note]) => ({
        path: `${path}: ${value}`,
        state: "refused",
        note,
      }));
    case "list":
      return statesBelow(`${path}[]`, shape.of);
    case "dictionary":
      return statesBelow(`${path}.*`, shape.of);
    case "mapping":
      return Object.entries(shape.keys).flatMap(([name, key]) => statesOf(`${path}.${name}`, key));
  }
}

function table(states: readonly KeyState[]): string {
  const rows = [
    ["key", "state", "why"],
    ...states.map(({ path, state, note }) => [`\`${path}\``, state, note.replaceAll("|", "\\|")]),
  ];
  const widths = [0, 1, 2].map((column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const line = (row: readonly string[]): string =>
    `| ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(" | ")} |`;
  const rule = `| ${widths.map((width) => "-".repeat(width)).join(" | ")} |`;
  const [header = [], ...rest] = rows;
  return [line(header), rule, ...rest.map(line)].join("\n");
}
