import fc from "fast-check";
import type { ConformanceCase } from "./conformance.ts";

/** Texts of YAML in which something is put or taken away; what they mean is for docker compose to say. */
const yamlTexts = [
  "services:\n  a:\n    image: i\n    command: [tar, xf, -, \"b c\", 'd']\n    environment: { A: 1, B: x, C: }\n    user: x # y\n",
  'services:\n  a:\n    image: i\n    command:\n      - "a\\tb"\n      - |\n        c\n         d\n      - >-\n        e\n        f\n\n        g\n    labels:\n      a: "b\n        c"\n      d: e\n        f\n',
  'x-a: &a { user: x }\nservices:\n  a: &b\n    <<: *a\n    image: !!str i\n    labels:\n    - a=b\n    - "c=d"\n  c: *b\n---\nservices:\n  a: { user: !reset null }\n',
  '{"services": {"a": {"image": "i",\n"command": ["x", "\\u00e9\\n"], "labels": {"a": "1", "b": null}}}}\n',
  "services:\r\n  a:\r\n    image: i\r\n    user: 'a\r\n      b'\r\n    ? hostname\r\n    : h\r\n",
];

const envTexts = [
  "A=1\nB=\"x $A\\n\"\nC='y z' # c\nexport D=${A:-q}\n\nE: f\nG\n",
  'A=a#b\nB=a #b\r\nC="a\nb"\nD=\\$x\nE=$$A ${FROM:+c} $FROM\n# F\nG-H.I=j\n',
];

const character = {
  weight: 4,
  arbitrary: fc.constantFrom(...Array.from("ab1 \n\t\r:-#[]{},&*!|>'\"%@`?\\~<$=._\u2028\u0085\uFEFF")),
};

const putIntoYaml = fc.oneof(character, {
  weight: 1,
  arbitrary: fc.constantFrom(
    ...["\n  ", ": ", "- ", " #", "\n- ", "---\n", "...\n", "<<: ", "*b", "&b ", "!x ", "? ", "\n\t"],
  ),
});

/** Of escapes in octal, those that are some, those that lack digits and those that are too large. */
const octals = [
  "\\0",
  "\\00",
  "\\01",
  "\\012",
  "\\0101",
  "\\0377",
  "\\0400",
  "\\0777",
  "\\0089",
  "\\01234",
  "\\101",
  "\\x41",
];

const putIntoEnv = fc.oneof(character, {
  weight: 2,
  arbitrary: fc.constantFrom(
    ...octals,
    ...[
      "\\n",
      "\\c",
      "\\\\",
      '\\"',
      "\\'",
      "\\$",
      "$$",
      "${",
      "${A}",
      "${A:-",
      "}",
      "export ",
      " #",
      "\nB",
      '="',
      "='",
      '"\n',
    ],
  ),
});

const edits = (put: fc.Arbitrary<string>): fc.Arbitrary<readonly { at: number; drop: number; text: string }[]> =>
  fc.array(fc.record({ at: fc.nat(1_000), drop: fc.nat(3), text: put }), { minLength: 1, maxLength: 4 });

const edited = (texts: readonly string[], put: fc.Arbitrary<string>): fc.Arbitrary<string> =>
  fc.tuple(fc.constantFrom(...texts), edits(put)).map(([text, changes]) =>
    changes.reduce((result, { at, drop, text: inserted }) => {
      const place = at % (result.length + 1);
      return result.slice(0, place) + inserted + result.slice(place + drop);
    }, text),
  );

const withEnvFile = "services:\n  a:\n    image: i\n    env_file: a.env\n";

const files: fc.Arbitrary<Readonly<Record<string, string>>> = fc.oneof(
  { weight: 3, arbitrary: edited(yamlTexts, putIntoYaml).map((text) => ({ "compose.yaml": text })) },
  {
    weight: 1,
    arbitrary: edited(envTexts, putIntoEnv).map((text) => ({ "compose.yaml": withEnvFile, "a.env": text })),
  },
);

/** Stack files and env files with a few characters put in or taken away. */
export function editedCases(
  folder: string,
  { runs, seed }: { readonly runs: number; readonly seed: number },
): readonly ConformanceCase[] {
  return fc.sample(files, { numRuns: runs, seed }).map((texts, index) => ({
    title: `edited ${index} of seed ${seed}: ${JSON.stringify(texts["a.env"] ?? texts["compose.yaml"])}`,
    folder,
    files: texts,
    stackFiles: ["compose.yaml"],
    env: { FROM: "from" },
  }));
}
