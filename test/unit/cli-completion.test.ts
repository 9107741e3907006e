import { execFile } from "node:child_process";
import { chmod, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, it } from "@jest/globals";
import { runCli } from "../support/cli.ts";
import { findProgram } from "../../modules/system/programs.ts";
import { testFolder } from "../support/folder.ts";
import { notRun } from "../support/not-run.ts";

/** How a shell that has loaded `./completion` is asked what it offers after its arguments, the last of which is being typed. */
const asking = {
  bash: 'source ./completion; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _stackhouse; printf "%s\\n" "${COMPREPLY[@]}"',
  fish: 'source ./completion; complete --do-complete (string join " " -- $argv)',
} as const;

type AskedShell = keyof typeof asking;

/** What a shell offers after these words, the last of which is being typed. */
async function offered(shell: AskedShell, words: readonly string[]): Promise<readonly string[]> {
  await using folder = await testFolder({
    completion: (await runCli(["completion", shell], { cwd: "/" })).stdout,
    "compose.yaml": "",
  });
  // Stands for the installed program: services come from what it prints.
  const program = join(folder.path, "stackhouse");
  await writeFile(program, '#!/bin/sh\n[ "$*" = "config --services" ] && printf "web\\napi\\n"\n');
  await chmod(program, 0o755);
  const name = shell === "bash" ? ["bash"] : [];
  const { stdout } = await promisify(execFile)(shell, ["-c", asking[shell], ...name, "stackhouse", ...words], {
    cwd: folder.path,
    env: { PATH: `${folder.path}:${process.env["PATH"] ?? ""}`, HOME: folder.path },
  });
  // Fish tells what each is besides.
  const lines = stdout.split("\n").map((line) => line.replace(/\t.*$/u, ""));
  return lines.filter((line) => line !== "").sort();
}

async function describeIn(shell: string, what: string, suite: () => void): Promise<void> {
  if ((await findProgram(shell, process.env)) === undefined) notRun(what, `there is no ${shell}`);
  else describe(what, suite);
}

for (const shell of ["bash", "fish"] as const) {
  await describeIn(shell, `completion in ${shell}`, () => {
    it.each([
      { words: ["pre"], offers: ["preview"] },
      { words: ["up", "--host", ""], offers: ["local", "ssh"] },
      { words: ["config", "--format", "j"], offers: ["json"] },
      { words: ["up", "--ho"], offers: ["--host", "--host-key"] },
      { words: ["config", "-f", "comp"], offers: ["compose.yaml", "completion"] },
      { words: ["logs", "-f", ""], offers: ["web", "api"] },
      { words: ["exec", "a"], offers: ["api"] },
      { words: ["completion", ""], offers: ["bash", "zsh", "fish"] },
      { words: ["up", "--address", ""], offers: [] },
    ])("offers $offers after $words", async ({ words, offers }) => {
      expect(await offered(shell, words)).toEqual([...offers].sort());
    });
  });
}

await describeIn("zsh", "the script for zsh", () => {
  it("is one that the shell can read", async () => {
    await using folder = await testFolder({ script: (await runCli(["completion", "zsh"], { cwd: "/" })).stdout });
    const reading = promisify(execFile)("zsh", ["-n", "script"], { cwd: folder.path });
    await expect(reading).resolves.toEqual({ stdout: "", stderr: "" });
  });
});

describe("completion in every shell", () => {
  it.each(["bash", "zsh", "fish"])("%s knows every command and its options", async (shell) => {
    const { code, stdout } = await runCli(["completion", shell], { cwd: "/" });
    expect(code).toBe(0);
    for (const word of ["preview", "destroy", "expect-no-changes", "image-archive", "follow"]) {
      expect(stdout).toContain(word);
    }
  });

  it("keeps colons and quotes of descriptions in zsh", async () => {
    const { stdout } = await runCli(["completion", "zsh"], { cwd: "/" });
    expect(stdout).toContain(String.raw`'--address:ssh\: name or address of the machine'`);
    expect(stdout).toContain(String.raw`(default\: the folder'\''s)'`);
  });

  it("says which shells there are", async () => {
    const { code, stderr } = await runCli(["completion", "tcsh"], { cwd: "/" });
    expect(code).toBe(2);
    expect(stderr).toContain("Allowed choices are bash, zsh, fish");
  });
});
