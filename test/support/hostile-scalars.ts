import { stringify } from "yaml";
import { type MappingShape, type Shape } from "../../modules/stackfile/shapes/shape.ts";
import { stackFile } from "../../modules/stackfile/keys/top.ts";

/** Pieces that make long texts: what patterns repeat, and what comes close. */
const pieces: readonly string[] = [
  ...["1", "0", "a", ".", ":", " ", "-", "_", "$"],
  ...["1.", "1_", "1,", "1s", "../", "a=", "0x1"],
];
/** What is no number in the end makes a pattern try all ways to read what is before. */
const ends = ["", "x"];
const plainPieces = ["1", "0", "a", "1.", "1_", ".0"];

const length = 100_000;
const long = (piece: string, end: string): string => piece.repeat(length / piece.length) + end;

/** A file of 100 kB for each long text, which stands in it wherever the key tables let a text stand: by its name, its text. */
export const hostileScalars: readonly { readonly name: string; readonly text: () => string }[] = [
  ...pieces.flatMap((piece) =>
    ends.map((end) => ({
      name: `texts of ${JSON.stringify(piece)}, then ${JSON.stringify(end)}, at every key`,
      text: () => fileWith(`"${long(piece, end)}"`),
    })),
  ),
  ...plainPieces.flatMap((piece) =>
    ends.map((end) => ({
      name: `plain scalars of ${piece}, then ${JSON.stringify(end)}, at every key`,
      text: () => fileWith(long(piece, end)),
    })),
  ),
  {
    name: "a time with a long fraction, at every key",
    text: () => fileWith(`2001-01-01T00:00:00.${"0".repeat(length)}1Z`),
  },
];

const mark = "the text";

function fileWith(text: string): string {
  return `x-text: &text ${text}\n${everywhere()}`;
}

/** Each place in an entry of its own: what is refused in one hides no other. */
function everywhere(): string {
  const file: Record<string, Record<string, unknown>> = {};
  for (const [section, { shape }] of Object.entries(stackFile.keys)) {
    if (shape.kind !== "dictionary" || shape.of.kind !== "mapping") continue;
    const entries = distinct(placesIn(shape.of)).map(({ value }, index): [string, unknown] => [
      `${section}${index}`,
      value,
    ]);
    file[section] = Object.fromEntries(entries);
  }
  return stringify(file, { lineWidth: 0 }).replaceAll(`${mark}:`, "*text :").replaceAll(mark, "*text");
}

interface TextPlace {
  /** The same of places that are read in the same way. */
  readonly rules: unknown;
  /** What an entry has around the text. */
  readonly value: unknown;
}

function distinct(places: readonly TextPlace[]): readonly TextPlace[] {
  return [...new Map(places.map((place) => [place.rules, place])).values()];
}

function placesIn(shape: Shape, around: (value: unknown) => unknown = (value) => value): readonly TextPlace[] {
  const own = { rules: shape.kind === "scalar" ? rulesOf(shape) : shape, value: around(mark) };
  switch (shape.kind) {
    case "mapping":
      return [own, ...Object.keys(shape.keys).flatMap((key) => placesAt(key, shape, around))];
    case "dictionary": {
      const names = rulesOf({ asList: shape.asList, names: shape.names, runs: shape.runs });
      return [
        own,
        ...placesIn(shape.of, (value) => around({ a: value })),
        { rules: `name ${names}`, value: around({ [mark]: null }) },
        { rules: `item ${names}`, value: around([mark]) },
      ];
    }
    case "list":
      return [own, ...placesIn(shape.of, (value) => around([value]))];
    case "hosts":
      return [own, { rules: "host", value: around({ a: mark }) }, { rules: "hosts", value: around([mark]) }];
    case "scalar":
    case "free":
      return [own];
  }
}

function placesAt(key: string, shape: MappingShape, around: (value: unknown) => unknown): readonly TextPlace[] {
  const below = shape.keys[key];
  if (below === undefined) return [];
  const needed = Object.fromEntries((shape.required ?? []).map((name) => [name, "a"]));
  return placesIn(below.shape, (value) => around({ ...needed, [key]: value }));
}

function rulesOf(rules: object): string {
  return JSON.stringify(rules, (_, value: unknown) => (value instanceof RegExp ? String(value) : value));
}
