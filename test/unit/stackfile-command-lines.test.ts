import { afterAll, describe, expect, it } from "@jest/globals";
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { canonicalJson } from "../../modules/stackfile/canonical-json.ts";
import { homeFrom } from "../../modules/system/home.ts";
import { oracleIn } from "../../tools/oracle/install.ts";
import { type CliResult, runCli } from "../support/cli.ts";
import * as tables from "../support/conformance-command-lines.ts";
import { testFolder } from "../support/folder.ts";
import { notRun } from "../support/not-run.ts";
import { normaliseOracle } from "../support/oracle-model.ts";

const oracle = await oracleIn(homeFrom(process.env));

if (!existsSync(oracle.plain)) {
  notRun("command lines against docker compose", "docker compose is not built here; npm test builds it with Go");
} else {
  let loaded = 0;
  let refused = 0;

  afterAll(() => {
    process.stdout.write(
      `conformance: ${loaded + refused} command lines mean what they mean to docker compose 5.5.0: ${loaded} load, ${refused} are refused by both\n`,
    );
  });

  const { listedLines, ...equal } = tables;

  describe.each(Object.entries(equal))("a command line means what it means to docker compose: %s", (_, cases) => {
    it.each(Object.entries(cases))("%s", async (__, line) => {
      await using folder = await testFolder(line.files);
      const cwd = join(folder.path, line.from ?? "");
      const theirs = ofCompose(line, cwd);
      expect(await ofOurs(line, cwd)).toEqual(theirs);
      if (theirs === "refused") refused++;
      else loaded++;
    });
  });

  describe("a difference that stays", () => {
    it.each(Object.entries(listedLines))("%s", async (_, line) => {
      await using folder = await testFolder(line.files);
      const theirs = runCompose(line, folder.path);
      expect(theirs.status === 0 ? theirs.stdout : theirs.stderr).toMatch(line.theirs);
      const ours = await runOurs(line, folder.path);
      expect(ours.code === 0 ? ours.stdout : ours.stderr).toMatch(line.ours);
    });
  });
}

type Meaning = Readonly<Record<string, unknown>> | "refused";

function runCompose({ args = [], env, input = "" }: tables.CommandLine, cwd: string) {
  const options = { cwd, env: { PATH: "/usr/bin:/bin", HOME: "/root", ...env }, encoding: "utf8", input } as const;
  return spawnSync(oracle.plain, [...args, "config", "--format", "json"], options);
}

function runOurs({ args = [], env, input = "" }: tables.CommandLine, cwd: string): Promise<CliResult> {
  return runCli(["config", ...args, "--format", "json"], { cwd, env: { HOME: "/root", ...env }, input });
}

function ofCompose(line: tables.CommandLine, cwd: string): Meaning {
  const ran = runCompose(line, cwd);
  if (ran.status === 0) return meaning(ran.stdout);
  // Anything else, as a crash, is no answer.
  expect({ status: ran.status, stderr: ran.stderr }).toMatchObject({ status: 1, stderr: expect.stringMatching(/\S/) });
  return "refused";
}

async function ofOurs(line: tables.CommandLine, cwd: string): Promise<Meaning> {
  const ran = await runOurs(line, cwd);
  if (ran.code === 0) return meaning(ran.stdout);
  // Anything else, as a fault of its own, is no answer.
  expect({ code: ran.code, stderr: ran.stderr }).toMatchObject({ code: 2, stderr: expect.stringMatching(/^error: /) });
  return "refused";
}

function meaning(model: string): Meaning {
  return JSON.parse(canonicalJson(normaliseOracle(JSON.parse(model)))) as Meaning;
}
