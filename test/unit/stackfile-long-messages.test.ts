import { describe, expect, it } from "@jest/globals";
import { load } from "../support/stack-files.ts";

const long = 100_000;
const many = (text: string): string => text.repeat(long / text.length);

describe("a value of 100 kB that is wrong", () => {
  it.each([
    [`command: "${many("a ")}'"`],
    [`devices: ["${many("a:")}"]`],
    [`volumes: ["${many("a:")}"]`],
    [`ports: ["${many("a")}"]`],
    [`extra_hosts: ["${many("a")}"]`],
    [`user: [${many("a")}]`],
    [`container_name: "${many("-")}"`],
    [`depends_on: [${many("a")}]`],
    [`init: "${many("a")}"`],
    [`pull_policy: "${many("a")}"`],
    [`hostname: ${many("1")}`],
    [`${many("a")}: 1`],
    [`build: { additional_contexts: [${many("a")}] }`],
    [`environment: { A: "\${${many("A")}:?${many("b")}}" }`],
  ])("is not shown in full: %.20s", (key) => {
    const { diagnostics } = load(`services:\n  a:\n    image: i:1\n    ${key}\n`);
    expect(diagnostics).not.toEqual([]);
    for (const { message, hint = "", path } of diagnostics) {
      const most = 280 + Math.min(240, path.join(".").length);
      expect(message.length).toBeLessThan(most);
      expect(hint.length).toBeLessThan(most);
    }
  });

  it("is shown by its beginning, and what is wrong with it is told", () => {
    const { diagnostics } = load(`services: { a: { image: i:1, devices: ["${many("a:")}"] } }`);
    expect(diagnostics.map(({ message }) => message)).toEqual([
      expect.stringMatching(/^services\.a\.devices\[0\] must be a device, and "a:a:.*….*" has too many colons$/),
    ]);
  });

  it("is said to be cut, and by how much", () => {
    const { diagnostics } = load(`services: { a: { image: i:1, command: "${"b".repeat(long)} 'c" } }`);
    expect(diagnostics.map(({ message }) => message)).toEqual([
      expect.stringMatching(/^services\.a\.command .*b… \(\d+ more characters\) …b+ 'c/),
    ]);
  });
});
