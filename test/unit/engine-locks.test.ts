import { spawn } from "node:child_process";
import { once } from "node:events";
import { copyFile, mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { silentProgress } from "../../modules/base/progress.ts";
import { clearBackendLocks, type LockPorts } from "../../modules/engine/backend-locks.ts";
import { locksFolder } from "../../modules/engine/own-backend.ts";
import { journalAt } from "../../modules/engine/journal.ts";
import { endOrphanedHosts } from "../../modules/engine/orphans.ts";
import { systemClock } from "../../modules/system/clock.ts";
import { homeFrom } from "../../modules/system/home.ts";
import { programOf } from "../../modules/system/running.ts";
import { isRunning, processStart } from "../../modules/system/lock.ts";
import { zombie } from "../support/zombie.ts";

let backend: string;
let folder: string;
beforeEach(async () => {
  backend = await mkdtemp(join(tmpdir(), "stackhouse-locks-"));
  folder = locksFolder({ backend, project: "demo", stack: "dev" });
  await mkdir(folder, { recursive: true });
});
afterEach(() => rm(backend, { recursive: true, force: true }));

const ports = (deadEngine?: LockPorts["deadEngine"]): LockPorts => ({
  clock: systemClock,
  signal: new AbortController().signal,
  progress: silentProgress,
  deadlineMs: 0,
  deadEngine,
});

async function lockedBy(pid: number, host = hostname()): Promise<void> {
  const lock = { pid, username: "root", hostname: host, timestamp: "2026-11-21T10:00:00Z" };
  await writeFile(join(folder, "one.json"), JSON.stringify(lock));
}

/** The number of a process that has ended. */
async function deadPid(): Promise<number> {
  const child = spawn("true");
  await once(child, "exit");
  return child.pid!;
}

describe("locks of the file backend", () => {
  test("no folder, no lock", async () => {
    await rm(folder, { recursive: true });
    await expect(clearBackendLocks(folder, ports())).resolves.toBeUndefined();
  });

  test("of a process of this machine that is gone are removed", async () => {
    await lockedBy(await deadPid());
    await clearBackendLocks(folder, ports());
    expect(await readdir(folder)).toEqual([]);
  });

  test("of a process that has ended and was not waited for are removed", async () => {
    await using ended = await zombie();
    await lockedBy(ended.pid);
    await clearBackendLocks(folder, ports());
    expect(await readdir(folder)).toEqual([]);
  });

  test("of a living process stand, and name it", async () => {
    await lockedBy(process.pid);
    await expect(clearBackendLocks(folder, ports())).rejects.toMatchObject({
      code: "lock.held",
      message: expect.stringContaining(`pulumi process ${process.pid} of root`),
    });
    expect(await readdir(folder)).toEqual(["one.json"]);
  });

  test("of another machine stand: its processes can not be seen from here", async () => {
    await lockedBy(await deadPid(), "another-machine");
    await expect(clearBackendLocks(folder, ports())).rejects.toMatchObject({ code: "lock.held" });
  });

  test("of our own dead engine are removed though its number is taken by another process", async () => {
    await lockedBy(process.pid);
    await clearBackendLocks(folder, ports({ pid: process.pid, startedTicks: "1" }));
    expect(await readdir(folder)).toEqual([]);
  });

  test("of our own living engine stand", async () => {
    await lockedBy(process.pid);
    const startedTicks = (await processStart(process.pid))!;
    await expect(clearBackendLocks(folder, ports({ pid: process.pid, startedTicks }))).rejects.toMatchObject({
      code: "lock.held",
    });
  });
});

describe("journal", () => {
  test("tells of a run until it is crossed out", async () => {
    const journal = journalAt(join(backend, "run.json"), systemClock);
    expect(await journal.unfinished()).toBeUndefined();
    await journal.begin("up");
    expect(await journal.unfinished()).toMatchObject({ operation: "up" });
    await journal.engineStarted("up", process.pid);
    expect((await journal.unfinished())?.engine).toEqual({
      pid: process.pid,
      startedTicks: await processStart(process.pid),
    });
    await journal.end();
    expect(await journal.unfinished()).toBeUndefined();
  });

  test("that is damaged still tells that there was a run", async () => {
    await writeFile(join(backend, "run.json"), "{");
    const run = await journalAt(join(backend, "run.json"), systemClock).unfinished();
    expect(run).toEqual({ operation: "run", since: "an unknown time" });
  });
});

describe("a language host", () => {
  /** Our own engine and its language host, as copies of a shell and of `sleep`. */
  async function engineWithHost() {
    const home = homeFrom({ STACKHOUSE_HOME: backend });
    const bin = join(home.cache.engine, "one", "bin");
    await mkdir(bin, { recursive: true });
    const [pulumi, host] = [join(bin, "pulumi"), join(bin, "pulumi-language-nodejs")];
    await copyFile("/bin/sh", pulumi);
    await copyFile("/bin/sleep", host);
    const engine = spawn(pulumi, ["-c", `${host} 60 & echo $!; wait`], { stdio: ["ignore", "pipe", "ignore"] });
    const [said] = (await once(engine.stdout, "data")) as [Buffer];
    const pid = Number(said.toString());
    // Until then it is a fork of the shell.
    await until(async () => (await programOf(pid)) === host);
    return { home, pulumi, engine, host: pid };
  }

  async function until(holds: () => Promise<boolean>): Promise<void> {
    const signal = AbortSignal.timeout(10_000);
    while (!(await holds())) await systemClock.sleep(20, signal);
  }

  test("ends when its engine was killed", async () => {
    const { home, engine, host } = await engineWithHost();
    engine.kill("SIGKILL");
    await once(engine, "exit");
    await endOrphanedHosts(home);
    await until(async () => !(await isRunning(host)));
  });

  test("goes on while its engine runs, though the engine's file was replaced", async () => {
    const { home, pulumi, engine, host } = await engineWithHost();
    await rm(pulumi);
    await endOrphanedHosts(home);
    expect(await isRunning(host)).toBe(true);
    process.kill(host);
    await once(engine, "exit");
  });
});
