/** Texts of 200 kB that are no YAML, and in which each few characters may be an error: by name, its text. */
export const hostileYaml: readonly { readonly name: string; readonly text: () => string }[] = (
  [
    ["", "]"],
    ["", "}"],
    ["", "&a "],
    ["", "!!a "],
    ["", "'a' "],
    ["", "a: b: "],
    ["", ": "],
    ["a: [", "'\n"],
    ["a: [", ","],
    ["a:\n", "\t- b\n"],
    ["", "a: b: c\n"],
    ["", "a: { b: c\n"],
    ["", "- @\n"],
    ["", "--- ]\n"],
    ["", 'a: "\\q"\n'],
    ["", "a: |x\n"],
    [`a: "${"\\'".repeat(45_000)}" ]\n`, "]"],
  ] as const
).map(([begin, unit]) => ({
  name: `no YAML: ${JSON.stringify(begin.slice(0, 10))}, then ${JSON.stringify(unit)} again and again`,
  text: () => begin + unit.repeat(Math.ceil(200_000 / unit.length)),
}));
