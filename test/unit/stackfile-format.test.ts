import { describe, expect, it } from "@jest/globals";
import { formatDiagnostics } from "../../modules/stackfile/format.ts";
import { load } from "../support/stack-files.ts";

const service = (keys: string): string =>
  `services:\n  web:\n    image: i:1\n    ${keys.trim().replaceAll("\n", "\n    ")}\n`;

describe("formatDiagnostics", () => {
  it("shows the line, a caret below the offending text and the hint", () => {
    const text = service("helthcheck: {}");
    expect(formatDiagnostics(load(text).diagnostics, { "/shop/compose.yaml": text })).toBe(
      [
        '/shop/compose.yaml:4:5 error unknown key "helthcheck" in services.web',
        "  4 |     helthcheck: {}",
        "    |     ^^^^^^^^^^",
        '  → did you mean "healthcheck"?',
      ].join("\n"),
    );
  });

  it.each(["\r", "\r\n", "\u0085"])("counts lines that end with %j", (end) => {
    const text = service("helthcheck: {}").replaceAll("\n", end);
    const [place, line] = formatDiagnostics(load(text).diagnostics, { "/shop/compose.yaml": text }).split("\n");
    expect(place).toMatch(/^\/shop\/compose.yaml:4:5 error/);
    expect(line).toBe("  4 |     helthcheck: {}");
  });

  it("writes out what would steer the terminal", () => {
    const text = `services: { a: { image: 'i:1', "x\\u202Ey\\nz\\u2028\\e[2J": 1, "b\u202ec": 2 } }\n`;
    const shown = formatDiagnostics(load(text).diagnostics, { "/shop/compose.yaml": text });
    expect(shown).toContain('unknown key "x\\u202ey\\x0az\\u2028\\x1b[2J" in services.a');
    expect(shown).not.toMatch(/[\u202e\u2028\u001b]/u);
  });

  it("leaves out what nobody reads of a key", () => {
    const text = service(`${"q".repeat(100_000)}: x`);
    const shown = formatDiagnostics(load(text).diagnostics, { "/shop/compose.yaml": text });
    expect(shown).toMatch(
      /^\/shop\/compose\.yaml:4:5 error unknown key "q{100,400}… \(\d+ more characters\) …q{10,100}" in services\.\w+\n/,
    );
  });

  it("fits on a screen", () => {
    const text = `services:\n  a:\n    image: i:1\n${Array.from({ length: 30 }, (_, index) => `    zz${index}: 1\n`).join("")}`;
    const lines = formatDiagnostics(load(text).diagnostics, { "/shop/compose.yaml": text }).split("\n");
    expect(lines.length).toBeLessThanOrEqual(45);
    expect(lines.at(-1)).toBe("… and 20 more: stackhouse config --quiet --json has all");
  });

  it("keeps control characters off the terminal", () => {
    const text = service('"us\\e[31mer": 5 # \u009b31m');
    expect(formatDiagnostics(load(text).diagnostics, { "/shop/compose.yaml": text })).not.toMatch(/[\u001b\u009b]/);
  });
});
