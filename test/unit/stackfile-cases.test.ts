import { describe, expect, it } from "@jest/globals";
import { stackFileCases } from "../support/stack-file-cases/index.ts";
import { loadSpecified } from "../support/stack-files.ts";

describe.each(Object.entries(stackFileCases))("%s", (_, cases) => {
  it.each(cases)("$title", ({ files, beside = {}, env = {}, profiles = [], gives }) => {
    const texts = typeof files === "string" ? { "compose.yaml": files } : files;
    const model = loadSpecified({
      files: { ...texts, ...beside },
      env,
      input: { name: "p", profiles, files: Object.keys(texts).map((name) => `/shop/${name}`) },
    });
    const given = Object.fromEntries(Object.keys(gives).map((path) => [path, valueAt(model, path)]));
    expect(given).toEqual(gives);
  });
});

/** Keys may have dots themselves: the longest one that is there is taken. */
function valueAt(value: unknown, path: string): unknown {
  if (path === "" || typeof value !== "object" || value === null) return path === "" ? value : undefined;
  const key = Object.keys(value)
    .filter((candidate) => path === candidate || path.startsWith(`${candidate}.`))
    .sort((a, b) => b.length - a.length)[0];
  return key === undefined ? undefined : valueAt((value as Record<string, unknown>)[key], path.slice(key.length + 1));
}
