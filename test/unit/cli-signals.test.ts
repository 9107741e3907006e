import { spawn } from "node:child_process";
import { once } from "node:events";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "@jest/globals";
import { silentProgress } from "../../modules/base/progress.ts";
import { waitUntil } from "../../modules/base/wait.ts";
import { systemClock } from "../../modules/system/clock.ts";
import { readFileIfPresent } from "../../modules/system/files.ts";
import { findProgram } from "../../modules/system/programs.ts";
import { engineScript } from "../support/engine-script.ts";
import { testFolder, type TestFolder } from "../support/folder.ts";
import { notRun } from "../support/not-run.ts";

const main = fileURLToPath(new URL("../../modules/cli/main.ts", import.meta.url));

/** At work until it is told to stop, or until there is a file `go`, or its folder is gone. */
const engine = `
trap 'echo stopped > engine.end; exit 1' INT
echo $$ > engine.pid
until [ -e go ]; do
  [ -e engine.pid ] || exit 1
  sleep 0.05
done
echo let > engine.end
exit 1`;

interface TestProject extends TestFolder {
  readonly env: NodeJS.ProcessEnv;
}

async function project(script = engine): Promise<TestProject> {
  const folder = await testFolder({ "Pulumi.yaml": "name: shop\nruntime: nodejs\n" });
  return { ...folder, env: { PATH: await engineScript(folder.path, script), HOME: folder.path } };
}

/** The content of a file, once it has any. */
async function written(path: string): Promise<string> {
  return waitUntil(
    async () => {
      const value = ((await readFileIfPresent(path)) ?? "").trim();
      return value === "" ? { done: false, reason: "nothing is written" } : { done: true, value };
    },
    {
      clock: systemClock,
      signal: new AbortController().signal,
      progress: silentProgress,
      what: path,
      deadlineMs: 15_000,
    },
  );
}

const script = await findProgram("script", process.env);
if (script === undefined) notRun("a terminal that is closed", "there is no script (bsdutils)");
else
  describe("a terminal that is closed", () => {
    it("cancels the run, which waits for its engine", async () => {
      await using folder = await project();
      const line = `trap '' HUP; "${process.execPath}" "${main}" up --yes; echo $? > code`;
      const terminal = spawn(script, ["--quiet", "--flush", "--command", line, "/dev/null"], {
        cwd: folder.path,
        env: { ...folder.env, SHELL: "/bin/sh" },
        stdio: ["pipe", "ignore", "ignore"],
      });
      await written(join(folder.path, "engine.pid"));
      terminal.kill("SIGKILL");
      expect(await written(join(folder.path, "code"))).toBe("141");
      expect(await written(join(folder.path, "engine.end"))).toBe("stopped");
    });
  });

describe("the second Ctrl-C", () => {
  it("says at once how to go on, before the engine has ended", async () => {
    await using folder = await project(`[ "$1" = up ] || exit 0; trap "" INT; echo $$ > engine.pid; sleep 60`);
    const run = spawn(process.execPath, [main, "up", "--yes"], {
      cwd: folder.path,
      env: folder.env,
      stdio: ["ignore", "pipe", "ignore"],
    });
    const ended = once(run, "close");
    let shown = "";
    run.stdout.setEncoding("utf8").on("data", (piece: string) => {
      shown += piece;
      if (piece.includes("Ctrl-C again leaves at once")) run.kill("SIGINT");
    });
    await written(join(folder.path, "engine.pid"));
    run.kill("SIGINT");
    expect(await ended).toEqual([130, null]);
    expect(shown).toContain("leaving at once: the same command again takes up what was half-made");
  });
});

describe("a run without a terminal, as under nohup", () => {
  it("goes on after a hang-up", async () => {
    await using folder = await project();
    const run = spawn(process.execPath, [main, "up", "--yes"], {
      cwd: folder.path,
      env: folder.env,
      stdio: ["ignore", "pipe", "pipe"],
    });
    run.stdout.resume();
    run.stderr.resume();
    await written(join(folder.path, "engine.pid"));
    run.kill("SIGHUP");
    await writeFile(join(folder.path, "go"), "");
    expect(await once(run, "close")).toEqual([1, null]);
    expect(await written(join(folder.path, "engine.end"))).toBe("let");
  });
});
