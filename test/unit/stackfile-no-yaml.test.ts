import { describe, expect, it } from "@jest/globals";
import { hostileYaml } from "../support/hostile-yaml.ts";
import { findings, load } from "../support/stack-files.ts";

const services = (count: number): string =>
  Array.from({ length: count }, (_, index) => `  s${index}: { image: i }\n`).join("");

describe("a text that is no YAML", () => {
  it.each(hostileYaml)("has a few errors, however many there may be: $name", ({ text }) => {
    const { model, diagnostics } = load(text());
    expect(model).toBeUndefined();
    expect(diagnostics.map(({ code }) => code)).toContain("yaml");
    expect(diagnostics.length).toBeLessThanOrEqual(21);
  });

  it.each([
    { where: "before", text: `services:\n${services(1_000)}  a: { image: "i }\n`, line: 1_002 },
    { where: "behind", text: `services:\n  a: { image: i ]\n${services(1_000)}`, line: 2 },
  ])("names the line of the mistake with much text $where it", ({ text, line }) => {
    expect(findings(text)).toEqual([expect.stringMatching(new RegExp(`^compose.yaml:${line}:\\d+ error yaml: `))]);
  });

  it("does not say that a bracket is never closed that is closed far behind the mistake", () => {
    const text = `x-a: [\n  @,\n${"  a,\n".repeat(5_000)}]\nservices: { a: { image: i } }\n`;
    expect(findings(text)).toEqual([expect.stringMatching(/^compose.yaml:2:3 error yaml: .*@/)]);
  });
});
