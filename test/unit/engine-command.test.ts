import { chmod, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { messageOf } from "../../modules/base/errors.ts";
import { silentProgress } from "../../modules/base/progress.ts";
import { knownCommand, runEngine, type RunControl } from "../../modules/engine/command.ts";
import { openPulumiStack, readState, type PulumiStackOptions } from "../../modules/engine/index.ts";
import { systemClock } from "../../modules/system/clock.ts";
import { systemRunner } from "../../modules/system/exec.ts";
import { homeFrom } from "../../modules/system/home.ts";
import { fakeClock } from "../support/fake-clock.ts";
import { processStart } from "../../modules/system/lock.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "stackhouse-command-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** Installs a shell script as the engine. */
async function install(script: string): Promise<string> {
  const program = join(folder, "pulumi");
  await writeFile(program, `#!/bin/sh\n${script}\n`);
  await chmod(program, 0o755);
  return program;
}

/** Runs a shell script as the engine, and tells how it ended. */
async function run(script: string, control: Partial<RunControl> = {}): Promise<string[]> {
  const program = await install(script);
  const ends: string[] = [];
  const all: RunControl = {
    env: { PATH: process.env["PATH"] },
    signal: new AbortController().signal,
    onEnd: (how) => ends.push(how),
    ...control,
  };
  await runEngine({ program, args: ["up"], cwd: folder, env: {} }, all).catch((error: unknown) =>
    ends.push(messageOf(error)),
  );
  return ends;
}

test("an engine that fails has ended by itself", async () => {
  expect((await run("exit 1"))[0]).toBe("by-itself");
});

test("an engine that somebody kills may not have recorded what it was doing", async () => {
  expect((await run("kill -9 $$"))[0]).toBe("killed");
});

test("an engine that cannot be written down is killed and has ended when the run fails", async () => {
  const pid = join(folder, "pid");
  const ends = await run(`echo $$ > ${pid}; sleep 60`, {
    onStart: async () => {
      for (;;) if ((await readFile(pid, "utf8").catch(() => "")).endsWith("\n")) break;
      throw new Error("no space left on device");
    },
  });
  expect(ends).toEqual(["killed", "no space left on device"]);
  expect(await processStart(Number(await readFile(pid, "utf8")))).toBeUndefined();
});

/** A Pulumi stack whose engine is a shell script. */
async function options(script: string): Promise<PulumiStackOptions> {
  const command = knownCommand(await install(script), "3.259.0");
  return {
    engine: { command, binDir: folder, version: "3.259.0", source: "path" },
    home: homeFrom({ STACKHOUSE_HOME: folder }),
    project: { kind: "inline", name: "demo", workDir: folder, program: () => Promise.resolve() },
    stackName: "dev",
    env: { PATH: process.env["PATH"], HOME: folder },
    providerPath: folder,
    idOf: () => undefined,
    runner: systemRunner,
    clock: systemClock,
    signal: new AbortController().signal,
    progress: silentProgress,
  };
}

test("a backend that never answers ends the reading of the state with what to look at", async () => {
  await expect(readState({ ...(await options("sleep 600")), clock: fakeClock() })).rejects.toMatchObject({
    code: "deadline",
    message: "pulumi stack export did not answer within 2 min 00 s",
    hint: expect.stringContaining("PULUMI_BACKEND_URL"),
  });
});

test.each(["dev", "organization/demo/dev"])(
  "a salt that nothing is encrypted with is no obstacle for %s",
  async (stackName) => {
    const settings = join(folder, "Pulumi.dev.yaml");
    await writeFile(settings, "encryptionsalt: v1:of-another\n");
    const engine = `grep -q of-another ${settings} || exit 0; echo incorrect passphrase >&2; exit 1`;
    await openPulumiStack({ ...(await options(engine)), stackName });
    expect(await readFile(settings, "utf8")).not.toContain("of-another");
  },
);

test.each(["dev", "organization/demo/dev"])("runs of %s follow each other under one lock", async (stackName) => {
  const seen = join(folder, "seen");
  const engine = `[ "$1" = up ] && ls ${folder}/state/runs > ${seen}; exit 0`;
  const stack = await openPulumiStack({ ...(await options(engine)), stackName });
  await stack.up({ signal: new AbortController().signal, progress: silentProgress });
  expect(await readFile(seen, "utf8")).toMatch(/^demo\.dev\.[0-9a-f]{12}\.lock$/mu);
});
