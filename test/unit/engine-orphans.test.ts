import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { copyFile, mkdir, symlink } from "node:fs/promises";
import { dirname, join } from "node:path";
import { endOrphanedHosts } from "../../modules/engine/orphans.ts";
import { homeFrom } from "../../modules/system/home.ts";
import { testFolder, type TestFolder } from "../support/folder.ts";

let folder: TestFolder;
let running: ChildProcess[];
beforeEach(async () => {
  folder = await testFolder();
  running = [];
});
afterEach(async () => {
  for (const child of running) child.kill("SIGKILL");
  await folder[Symbol.asyncDispose]();
});

/** A program, which is a copy of `sleep`, that runs. Its parent is this test, and no engine. */
async function run(program: string): Promise<ChildProcess> {
  await mkdir(dirname(program), { recursive: true });
  await copyFile("/bin/sleep", program);
  const child = spawn(program, ["60"], { stdio: "ignore" });
  running.push(child);
  await once(child, "spawn");
  return child;
}

const host = "3.1.0/libexec/pulumi-language-nodejs";

test("a language host of our engine that has outlived it is ended, also where the cache is a link to another place", async () => {
  const home = homeFrom({ STACKHOUSE_HOME: join(folder.path, "home") });
  const elsewhere = join(folder.path, "elsewhere");
  await mkdir(elsewhere);
  await mkdir(home.root);
  await symlink(elsewhere, home.cache.root);
  const child = await run(join(home.cache.engine, host));
  const ended = once(child, "exit");
  await endOrphanedHosts(home);
  expect(await ended).toEqual([null, "SIGKILL"]);
});

test("a language host of another engine is left alone", async () => {
  const home = homeFrom({ STACKHOUSE_HOME: join(folder.path, "home") });
  await mkdir(home.cache.engine, { recursive: true });
  const child = await run(join(folder.path, "another", host));
  await endOrphanedHosts(home);
  const ended = once(child, "exit");
  child.kill("SIGTERM");
  expect(await ended).toEqual([null, "SIGTERM"]);
});
