import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { Diagnostics } from "../../modules/stackfile/tree/diagnostics.ts";
import { parseQuickly } from "../../modules/stackfile/tree/quick/parse.ts";
import type { Node, YamlDocument } from "../../modules/stackfile/tree/node.ts";
import { Source } from "../../modules/stackfile/tree/source.ts";
import { parseCompletely } from "../../modules/stackfile/tree/yaml.ts";
import { stackFileCases } from "../support/stack-file-cases/index.ts";

/** What both parsers make of a text; the quick one may leave it to the complete one. */
function both(text: string) {
  const source = new Source("compose.yaml", text);
  const diagnostics = new Diagnostics();
  const complete = parseCompletely(source, diagnostics).map(plainDocument);
  return { quick: parseQuickly(source)?.map(plainDocument), complete, problems: diagnostics.all() };
}

function plainDocument({ tree, clearing }: YamlDocument): unknown {
  return { tree: plain(tree), clearing };
}

/** A tree as data, places and all. */
function plain(node: Node): unknown {
  const { place, ...rest } = node;
  const at = `${place.start}-${place.end}`;
  switch (rest.kind) {
    case "scalar":
      return { ...rest, at };
    case "list":
      return { ...rest, items: rest.items.map(plain), at };
    case "map":
      return {
        ...rest,
        at,
        entries: [...rest.entries].map(([key, entry]) => ({
          key,
          at: `${entry.keyPlace.start}-${entry.keyPlace.end}`,
          value: plain(entry.value),
        })),
      };
  }
}

/** The quick parser may leave a text alone; what it reads, it reads as the complete one, which has nothing to say against it. */
function agree(text: string): void {
  const { quick, complete, problems } = both(text);
  if (quick === undefined) return;
  expect({ text, trees: quick, problems: [] }).toEqual({ text, trees: complete, problems });
}

const quickly: readonly (readonly [string, string])[] = [
  ["maps in maps", "a:\n  b:\n    c: d\n  e: f\ng: h\n"],
  ["no newline at the end", "a: b"],
  ["nothing", ""],
  ["comments alone", "# a\n\n  # b\n"],
  ["comments everywhere", "# a\na: # b\n  # c\n  b: c # d\n# e\n  d: e#f # g\n"],
  ["lists", "a:\n  - b\n  - c: d\n    e: f\n  - - g\n    - h\n  -\n    i: j\n"],
  ["lists in the column of their key", "a:\n- b\n- c: d\n  e:\n  - f\ng: h\n"],
  ["empty values", "a:\nb:\n  c:\n  d:\ne: {f: , g}\n"],
  ["flow collections", "a: [b, [c], {d: e, 'f': g, \"h\":i}, ]\nb: {}\nc: []\n"],
  ["flow collections over lines", "a: [\n  b, # c\n  d\n ]\ne: {\n  f: g,\n\n  h: [i,\n  j]\n  }\n"],
  ["a flow collection alone", '{\n  "a": {\n    "b": [\n      1\n    ]\n  }\n}'],
  ["quotes", "a: 'b''c'\nd: \"e\\\"f\\n\\u00e9\"\n'g h': i\n\"j: k\": l\n"],
  ["signs inside plain scalars", "a: b:c\nd: e#f\ng: -h\ni: ?j\nk: :l\nm: n[o]{p},q\n"],
  ["signs inside flow scalars", "a: [b:c, http://d:80/e, f#g, -h, ?i, {-k: -l}]\n"],
  ["signs alone in flow collections", "a: [b, -, --, ?, {-: c, ?: -}, -]\n"],
  ["spaces at ends", "a:   b   \nc :  d\n"],
  ["numbers and the like", "a: 1\nb: 0777\nc: 1.50\nd: true\ne: null\nf: ~\ng: 2020-01-01\nh: 22:22\n"],
  ["literal scalars", "a: |\n  b\n    c\n\n  d\ne: |-\n  f\n\n\ng: h\n"],
  ["folded scalars", "a: >\n  b\n  c\nd: >-\n  e\n"],
  ["a literal scalar at the end", "a:\n  - |\n    b\n    c"],
  ["a folded scalar at the end", "a: >\n  b\n  c"],
  ["a literal scalar with a comment behind", "a: | # b\n  # c\n  d\n# e\nf: g\n"],
  ["anchors and aliases", "a: &b\n  c: d\ne: *b\nf: &g h\ni: [*g, *b]\nj: &k [l]\nm: *k\n"],
  ["merge keys", "a: &b {c: d, e: f}\ng: {<<: *b, c: h}\ni:\n  <<: [*b, {j: k}]\n  l: m\n"],
  ["documents", "---\na: &c b\n--- # c\nd: *c\n"],
  ["odd indentation", "a:\n      b: c\n      d:\n       - e\n"],
  ["letters of all kinds", "ä: ö\n日本: [語, 😀]\n"],
];

describe("the quick parser", () => {
  it.each(quickly)("reads %s as the complete one does", (_, text) => {
    const { quick, complete, problems } = both(text);
    expect(problems).toEqual([]);
    expect(quick).toEqual(complete);
  });

  it.each([
    ["a plain scalar over two lines", "a: b\n  c\n"],
    ["a quoted scalar over two lines", 'a: "b\n  c"\n'],
    ["an explicit key", "? a\n: b\n"],
    ["a key with an anchor", "&a b: c\n"],
    ["a key that is an alias", "a: &b c\n*b : d\n"],
    ["a tag", "a: !!str 1\n"],
    ["a merge tag", "a: !override [b]\n"],
    ["a directive", "%YAML 1.1\n---\na: b\n"],
    ["Windows line ends", "a: b\r\n"],
    ["a byte order mark", "\uFEFFa: b\n"],
    ["a tab", "a:\tb\n"],
    ["an empty document", "a: b\n---\n"],
    ["a kept line end", "a: |+\n  b\n\n"],
    ["a folded empty line", "a: >\n  b\n\n  c\n"],
    ["an indentation indicator", "a: |2\n   b\n"],
    ["an empty item", "a:\n  -\n  - b\n"],
    ["a pair in a list", "a: [b: c]\n"],
  ])("leaves %s to the complete one", (_, text) => {
    expect(both(text).quick).toBeUndefined();
    expect(both(text).problems).toEqual([]);
  });

  it.each([
    ["a repeated key", "a: b\na: c\n"],
    ["a bracket that stays open", "a: [b\nc: d\n"],
    ["a quote that stays open", "a: 'b\nc: d\n"],
    ["a key without a colon", "a: b\nc\n"],
    ["a wrong indentation", "a:\n   b: c\n  d: e\n"],
    ["a list in a map", "a: b\n- c\n"],
    ["a map in one line", "a: b: c\n"],
    ["text behind a quote", "a: 'b' c\n"],
    ["an alias without anchor", "a: *b\n"],
    ["an alias inside its anchor", "a: &b [*b]\n"],
    ["a key that is a number", "1: a\n"],
    ["a merge key without a map", "<<: a\n"],
    ["two merge keys", "a: &a {b: c}\nd:\n  <<: *a\n  <<: *a\n"],
    ["a control character", "a: b\u0007\n"],
    ["a number that is not finite", "a: .inf\n"],
    ["a directive that is none", "%FOO bar\n---\na: b\n"],
    ["half a character", 'a: "\\ud83d\\ude00"\n'],
    ["a colon on another line than its key", "a: {b\n : c}\n"],
    ["a question mark before a space, in brackets", "a: [b? c]\n"],
    ["a document's end in brackets", "[\n---\n]\n"],
    ["aliases of aliases", `a0: &a0 [x]\n${bomb(12)}`],
    ["brackets without end", "a: " + "[".repeat(50_000)],
  ])("leaves %s to the complete one, which says what is wrong", (_, text) => {
    expect(both(text).quick).toBeUndefined();
    expect(both(text).problems).not.toEqual([]);
  });

  const cases = Object.values(stackFileCases).flat();
  const texts = cases.flatMap(({ files }) => (typeof files === "string" ? [files] : Object.values(files)));

  it("agrees on every file of the tests", () => {
    for (const text of texts) agree(text);
  });

  it("agrees on files with any edit", () => {
    const all = [...texts, ...quickly.map(([, text]) => text)];
    const put = fc.oneof(
      fc.constantFrom(
        ...Array.from("abc \n:-#[]{},&*!|>'\"%@`?\\~<0"),
        "\n  ",
        ": ",
        "- ",
        " #",
        "\n- ",
        "---\n",
        "<<: ",
        "*b",
        "&b ",
      ),
      fc.string({ maxLength: 4 }),
    );
    const edit = fc.record({ at: fc.nat(400), drop: fc.nat(6), text: put });
    const edits = fc.array(edit, { minLength: 1, maxLength: 5 });
    fc.assert(
      fc.property(fc.constantFrom(...all), edits, (text, changes) => {
        agree(
          changes.reduce((result, { at, drop, text: insert }) => {
            const place = at % (result.length + 1);
            return result.slice(0, place) + insert + result.slice(place + drop);
          }, text),
        );
      }),
      { numRuns: Number(process.env["STACKHOUSE_YAML_RUNS"] ?? 3_000) },
    );
  });
});

function bomb(levels: number): string {
  return Array.from(
    { length: levels },
    (_, level) => `a${level + 1}: &a${level + 1} [${Array(9).fill(`*a${level}`).join(", ")}]\n`,
  ).join("");
}
