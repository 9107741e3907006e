import { execFile } from "node:child_process";
import { chmod, readFile, symlink } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { describe, expect, it } from "@jest/globals";
import { testFolder } from "../support/folder.ts";

const main = fileURLToPath(new URL("../../modules/cli/main.ts", import.meta.url));
const bin = fileURLToPath(new URL("../../bin/stackhouse", import.meta.url));

describe("bin/stackhouse", () => {
  it.each([
    { what: "a file of variables that is not there", argv: ["config", "--env-file", "nope"] },
    { what: "a file of variables that is there", argv: ["config", "--env-file=vars.env"] },
  ])("leaves $what to the command line, which Node would take as an option of its own", async ({ argv }) => {
    await using folder = await testFolder({
      "package.json": '{ "type": "module" }',
      "bin/stackhouse": await readFile(bin, "utf8"),
      "dist/cli.js": "console.log(JSON.stringify({ argv: process.argv.slice(2), read: process.env.FROM_FILE }));",
      "vars.env": "FROM_FILE=1\n",
    });
    const program = join(folder.path, "bin/stackhouse");
    await chmod(program, 0o755);
    // As npm puts it on PATH.
    await symlink(program, join(folder.path, "linked"));
    const { stdout } = await promisify(execFile)(join(folder.path, "linked"), argv, {
      cwd: folder.path,
      env: { PATH: `${dirname(process.execPath)}:${process.env["PATH"] ?? ""}`, HOME: folder.path },
    });
    expect(JSON.parse(stdout)).toEqual({ argv });
  });
});

describe("a command that has ended", () => {
  it("has told all of an error, also to a pipe that is read late", async () => {
    // A pipe of a shell holds less than what is told; what Node makes for a child holds more.
    const script = '"$@" 2>&1 >/dev/null | { sleep 1; cat; }';
    const argv = ["-c", script, "sh", process.execPath, main, `--${"x".repeat(100_000)}`];
    const { stdout } = await promisify(execFile)("sh", argv);
    expect(stdout).toMatch(/^error: unknown option '--x{100000}'\n.*--help lists commands and options\n$/);
  });
});
