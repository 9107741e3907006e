import { describe, expect, it } from "@jest/globals";
import { systemRunner } from "../../modules/system/exec.ts";

describe("a program that is run", () => {
  const script = "process.stdout.write(JSON.stringify(Object.keys(process.env).sort()))";
  const variablesOf = async (inherits?: readonly string[]): Promise<readonly string[]> => {
    const options = { env: { OWN: "1" }, ...(inherits === undefined ? {} : { inherits }) };
    const { stdout } = await systemRunner.exec(process.execPath, ["-e", script], options);
    return JSON.parse(stdout) as string[];
  };

  it("gets the variables of this process and its own", async () => {
    expect(await variablesOf()).toEqual(expect.arrayContaining(["OWN", "PATH", "HOME", "LC_ALL"]));
  });

  it("gets no others than those that it is to inherit", async () => {
    expect(await variablesOf(["PATH", "NOT_THERE"])).toEqual(["LANG", "LC_ALL", "OWN", "PATH"]);
  });
});
