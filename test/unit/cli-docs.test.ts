import { readFile } from "node:fs/promises";
import { describe, expect, it } from "@jest/globals";
import { exitCodes } from "../../modules/cli/exit-codes.ts";
import { buildProgram } from "../../modules/cli/program.ts";
import { referenceOf } from "../../modules/cli/reference.ts";

const read = (path: string): Promise<string> => readFile(new URL(`../../${path}`, import.meta.url), "utf8");

describe("the documentation of the command line", () => {
  it("has the commands as they are (node tools/cli-docs.ts writes them)", async () => {
    const program = buildProgram((command) => command, { write: () => true });
    expect((await read("docs/cli.md")).endsWith(`-->\n\n${referenceOf(program)}`)).toBe(true);
  });

  it.each(Object.values(exitCodes))("explains exit code %i", async (code) => {
    expect(await read("docs/cli.md")).toMatch(new RegExp(`^\\| ${code} +\\| `, "m"));
  });

  it("explains every error code, and none that is not there", async () => {
    const inCode = [...(await read("modules/base/errors.ts")).matchAll(/^ {2}\| "([a-z.-]+)"/gm)].map(
      ([, code]) => code,
    );
    const inDocs = [...(await read("docs/errors.md")).matchAll(/^\| `([a-z.-]+)` /gm)].map(([, code]) => code);
    expect(inCode.length).toBeGreaterThan(30);
    expect([...inDocs].sort()).toEqual([...inCode].sort());
  });
});
