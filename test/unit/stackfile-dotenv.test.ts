import { describe, expect, it } from "@jest/globals";
import { parseDotenv, parseRawEnv } from "../../modules/stackfile/interpolate/dotenv.ts";

const lookup = (name: string): string | undefined => ({ FOO: "bar", EMPTY: "" })[name];

describe("an env file", () => {
  it.each([
    ["a value", "A=1", { A: "1" }],
    ["spaces around the sign", " A = 1 ", { A: "1" }],
    ["a colon for the sign", "A: 1", { A: "1" }],
    ["an export", "export A=1", { A: "1" }],
    ["an export of nothing", "export\nA=1\nexport \n", { A: "1" }],
    ["an empty value", "A=\nB=2", { A: "", B: "2" }],
    ["comments and empty lines", "# x\n\nA=1 # y\nB=1#2\n  # z", { A: "1", B: "1#2" }],
    ["single quotes are literal", `A='$FOO \\n #'`, { A: "$FOO \\n #" }],
    ["a quote in single quotes", `A='it\\'s'`, { A: "it's" }],
    ["double quotes expand", 'A="$FOO"', { A: "bar" }],
    ["double quotes know escapes", String.raw`A="a\nb\t\"\\ \$FOO \0061 \061"`, { A: 'a\nb\t"\\ $FOO 1 \\61' }],
    [
      "a zero behind a backslash is lost where no octal escape begins",
      String.raw`A="\0b \012x \0400 \0999 \0778 \0377 \0\0101 \\012 \0"`,
      { A: "\\b \\12x \\400 \\999 \\778 ÿ \\A \\012 \\" },
    ],
    ["a quoted value spans lines", 'A="a\nb"\nB=2', { A: "a\nb", B: "2" }],
    ["what follows a quote is another line", 'A="a" # c\nB=2', { A: "a", B: "2" }],
    ["variables of the caller", "A=$FOO-${FOO:-x}-${NONE:-d}", { A: "bar-bar-d" }],
    ["variables of earlier lines", "A=1\nB=${A}2", { A: "1", B: "12" }],
    ["the caller's variables come first", "FOO=file\nB=$FOO", { FOO: "file", B: "bar" }],
    ["a name alone takes the caller's value", "FOO\nNONE\nEMPTY", { FOO: "bar", EMPTY: "" }],
    ["two dollars are one", "A=$$FOO", { A: "$FOO" }],
    ["a later line wins", "A=1\nA=2", { A: "2" }],
    ["unusual names", "a.b-c[0]=1\nÄ=2", { "a.b-c[0]": "1", Ä: "2" }],
    ["a byte order mark and Windows lines", "\uFEFFA=1\r\nB=2\r\n", { A: "1", B: "2" }],
    ["nothing", "", {}],
  ])("%s", (_, text, expected) => {
    const { values, error } = parseDotenv(text, { lookup });
    expect(error).toBeUndefined();
    expect(Object.fromEntries(values)).toEqual(expected);
  });

  it.each([
    ["a space in a name", "A=1\nB C=2", 2, "a variable name contains a space"],
    [
      "a strange character",
      "A=1\n\n!B=2",
      3,
      "a variable name may only have letters, digits, '_', '.', '-', '[' and ']'",
    ],
    ["an open quote", "A='x", 1, "the value of A begins with ' and does not end with it"],
    [
      "a broken template",
      "A=${FOO",
      1,
      "the value of A is not a valid template: write $$ for a plain dollar sign, or put it in single quotes",
    ],
    [
      "variables that double each other",
      ["A0=xx", ...Array.from({ length: 40 }, (_, index) => `A${index + 1}=$A${index}\${A${index}}`)].join("\n"),
      23,
      "up to the value of A22, variables stand for more text than a project can have",
    ],
    ["a variable that is required", "A=${B:?set $FOO}", 1, "the value of A: the variable B is required: set $FOO"],
  ])("is refused with its line for %s", (_, text, line, message) => {
    expect(parseDotenv(text, { lookup }).error).toEqual({ line, message });
  });

  it.each([
    ["a value that is no template", "PW=hunter2${x!}"],
    ["a value that requires a variable", "PW=hunter2\nA=${B:?${PW}}"],
    ["a quote that stays open", 'PW="hunter2'],
    ["a value of several lines without quotes", "KEY=-----BEGIN KEY-----\nhunter2 abc+/=\n-----END KEY-----"],
    ["a line of such a value with a strange character", "KEY=x\nhunter2+/="],
  ])("shows none of its values for %s", (_, text) => {
    const message = parseDotenv(text, { lookup }).error?.message;
    expect(message).toBeDefined();
    expect(message).not.toContain("hunter2");
  });

  it("of format: raw shows none of its lines", () => {
    expect(parseRawEnv("A=1\nhunter2 abc=", { lookup }).error).toEqual({
      line: 2,
      message: "a variable name contains a space",
    });
  });
});
