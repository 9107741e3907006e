import { execFileSync, spawnSync } from "node:child_process";
import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { shellCommandLine } from "../../modules/ssh/quote.ts";

/** Login shells that people have; those that are installed here are tried. */
const shells = [["sh"], ["bash"], ["dash"], ["busybox", "sh"], ["zsh"], ["fish"]].filter(
  ([program = "", ...args]) => spawnSync(program, [...args, "-c", "true"]).status === 0,
);

const print = `process.stdout.write(JSON.stringify(process.argv.slice(1)))`;

describe.each(shells)("a command line through %s %s", (program, ...args) => {
  const seenBy = (argv: readonly string[]): unknown =>
    JSON.parse(
      execFileSync(program, [...args, "-c", shellCommandLine([process.execPath, "-e", print, "--", ...argv])], {
        encoding: "utf8",
      }),
    );

  it.each([
    ["a space", "two words"],
    ["nothing", ""],
    ["a quote", "it's"],
    ["quotes that close and run", `'; touch owned; '`],
    ["double quotes", `"x" "`],
    ["a command substitution", "$(touch owned)`touch owned`"],
    ["a variable", "$HOME ${PATH}"],
    ["operators", "a && b || c; d | e & f > g < h"],
    ["patterns", "*? [a-z] {a,b} ~"],
    ["a line end", "one\ntwo\r\nthree"],
    ["backslashes", "\\ \\\\ \\' end\\"],
    ["history and comments", "!! #x ^a^b"],
    ["an option", "--help"],
    ["an assignment", "PATH=/nowhere"],
    ["other alphabets", "żółć 漢字 🏠"],
    ["control characters", "\u0001\u001b[31m\t"],
  ])("passes %s through unchanged", (_, argument) => {
    expect(seenBy([argument, "last"])).toEqual([argument, "last"]);
  });

  it("passes anything through unchanged", () => {
    const argument = fc.string({ unit: "grapheme", maxLength: 30 }).filter((text) => !text.includes("\0"));
    fc.assert(
      fc.property(fc.array(argument, { maxLength: 20 }), (argv) => {
        expect(seenBy(argv)).toEqual(argv);
      }),
      { numRuns: 15 },
    );
  });
});

describe("a command line", () => {
  it("runs a program that is named like a keyword of the shell", () => {
    const result = spawnSync("sh", ["-c", shellCommandLine(["if", "true"])], { encoding: "utf8" });
    expect(result.stderr).toContain("not found");
  });

  it("refuses a NUL character, which no argument can hold", () => {
    expect(() => shellCommandLine(["echo", "a\0b"])).toThrow("NUL");
  });

  it("refuses no command at all", () => {
    expect(() => shellCommandLine([])).toThrow("at least its name");
  });
});
