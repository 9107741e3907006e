import { execFile } from "node:child_process";
import { chmod, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, it } from "@jest/globals";
import { runCli } from "../support/cli.ts";
import { testFolder } from "../support/folder.ts";

/** What bash offers after these words, the last of which is being typed. */
async function offered(...words: readonly string[]): Promise<readonly string[]> {
  await using folder = await testFolder({
    "completion.bash": (await runCli(["completion", "bash"], { cwd: "/" })).stdout,
    "compose.yaml": "",
  });
  // Stands for the installed program: services come from what it prints.
  const program = join(folder.path, "stackhouse");
  await writeFile(program, '#!/bin/sh\n[ "$*" = "config --services" ] && printf "web\\napi\\n"\n');
  await chmod(program, 0o755);
  const script =
    'source ./completion.bash; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _stackhouse; printf "%s\\n" "${COMPREPLY[@]}"';
  const { stdout } = await promisify(execFile)("bash", ["-c", script, "bash", "stackhouse", ...words], {
    cwd: folder.path,
    env: { PATH: `${folder.path}:${process.env["PATH"] ?? ""}` },
  });
  return stdout.split("\n").filter((line) => line !== "");
}

describe("completion in bash", () => {
  it.each([
    { words: ["pre"], offers: ["preview"] },
    { words: ["up", "--host", ""], offers: ["local", "ssh"] },
    { words: ["config", "--format", "j"], offers: ["json"] },
    { words: ["up", "--ho"], offers: ["--host", "--host-key"] },
    { words: ["config", "-f", "comp"], offers: ["completion.bash", "compose.yaml"] },
    { words: ["logs", "-f", ""], offers: ["web", "api"] },
    { words: ["exec", "a"], offers: ["api"] },
    { words: ["completion", ""], offers: ["bash", "zsh", "fish"] },
    { words: ["up", "--address", ""], offers: [] },
  ])("offers $offers after $words", async ({ words, offers }) => {
    expect([...(await offered(...words))].sort()).toEqual([...offers].sort());
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
