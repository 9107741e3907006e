import { describe, expect, it } from "@jest/globals";
import { spawnSync } from "node:child_process";
import { userInfo } from "node:os";
import { join } from "node:path";
import { systemRunner } from "../../modules/system/exec.ts";
import { testFolder } from "../support/folder.ts";

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

describe("a program that cannot be started", () => {
  it.each([
    ["that is not there", "no-such-program", [], "/", "no-such-program is not installed or not on PATH"],
    ["whose folder is not there", "true", [], "/no/such", "true could not be started: there is no folder /no/such"],
    ["with more arguments than fit", "true", ["x".repeat(3_000_000)], "/", "true could not be started: spawn E2BIG"],
  ])("is told as what it is: one %s", async (_what, program, args, cwd, message) => {
    await expect(systemRunner.exec(program, args, { cwd })).rejects.toMatchObject({ message });
  });

  it("is told as what it is: one that is no program", async () => {
    await using folder = await testFolder({ tool: "text" });
    const tool = join(folder.path, "tool");
    const message = `${tool} could not be started: spawn ${tool} EACCES`;
    await expect(systemRunner.exec(tool, [])).rejects.toMatchObject({ message });
  });

  it("is another thing than one that a signal ended", async () => {
    expect(await systemRunner.exec("sh", ["-c", "echo half; kill -9 $$"])).toMatchObject({
      exitCode: 128,
      stdout: "half",
    });
  });
});

describe("who runs a program", () => {
  const user = new URL("../../modules/system/user.ts", import.meta.url).href;
  const script = `console.log((await import(${JSON.stringify(user)})).userName())`;
  const nameOf = (uid?: number): string => {
    const flags = ["--input-type=module", "--disable-warning=ExperimentalWarning"];
    const options = { encoding: "utf8" as const, cwd: "/", ...(uid === undefined ? {} : { uid }) };
    return spawnSync(process.execPath, [...flags, "-e", script], options).stdout.trim();
  };

  it("is told by name", () => {
    expect(nameOf()).toBe(userInfo().username);
  });

  (process.getuid?.() === 0 ? it : it.skip)("is told by number where there is no name, as in a container", () => {
    expect(nameOf(54_321)).toBe("54321");
  });
});
