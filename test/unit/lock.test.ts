import { execFile } from "node:child_process";
import { createHash, randomUUID } from "node:crypto";
import { mkdtemp, readdir, rm, symlink, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import type { Clock } from "../../modules/base/clock.ts";
import { silentProgress } from "../../modules/base/progress.ts";
import { acquireLock, isLockHeld, isRunning, processStart } from "../../modules/system/lock.ts";
import { notRun } from "../support/not-run.ts";
import { zombie } from "../support/zombie.ts";

let folder: string;
let path: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "stackhouse-lock-"));
  path = join(folder, "up.lock");
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** Waits for nothing, so that looks at a lock follow each other as closely as they can. */
const eager: Clock = { now: () => Date.now(), sleep: () => new Promise((resolve) => setImmediate(resolve)) };

const acquire = (deadlineMs = 30_000): Promise<AsyncDisposable> =>
  acquireLock(path, {
    purpose: "up",
    clock: eager,
    signal: new AbortController().signal,
    progress: silentProgress,
    deadlineMs,
  });

test("a second one is refused with the name of the first, and nothing is left after the end", async () => {
  {
    await using _lock = await acquire();
    await expect(acquire(0)).rejects.toMatchObject({
      code: "lock.held",
      message: expect.stringContaining(`up, process ${process.pid}`),
    });
  }
  expect(await readdir(folder)).toEqual([]);
});

test("of many at once only one has it, though it is released just when others look", async () => {
  let holders = 0;
  let most = 0;
  const worker = async (): Promise<void> => {
    for (let round = 0; round < 30; round += 1) {
      await using _lock = await acquire();
      holders += 1;
      most = Math.max(most, holders);
      await new Promise((resolve) => setImmediate(resolve));
      expect(await readdir(folder)).toContain("up.lock");
      holders -= 1;
    }
  };
  await Promise.all(Array.from({ length: 8 }, worker));
  expect(most).toBe(1);
});

const dead = { id: "dead", purpose: "up", since: "then", pid: 2 ** 22 + 1, startedTicks: "1" };

test.each([
  ["a process that is gone", { pid: 2 ** 22 + 1, startedTicks: "1" }],
  ["a process whose number another one has", { pid: process.pid, startedTicks: "1" }],
])("the lock of %s is taken over, by those too who do not wait", async (_, process) => {
  await writeFile(path, JSON.stringify({ ...dead, ...process }));
  await using _lock = await acquire(0);
});

test("of many at once only one takes over the lock of a process that is gone, and nothing of it is left", async () => {
  let holders = 0;
  let most = 0;
  await writeFile(path, JSON.stringify(dead));
  const worker = async (): Promise<void> => {
    await using _lock = await acquire();
    holders += 1;
    most = Math.max(most, holders);
    await new Promise((resolve) => setImmediate(resolve));
    holders -= 1;
  };
  await Promise.all(Array.from({ length: 16 }, worker));
  expect(most).toBe(1);
  expect(await readdir(folder)).toEqual([]);
});

test("a process that died while it took a lock over is not in the way", async () => {
  const content = JSON.stringify(dead);
  await writeFile(path, content);
  const breaker = `${path}.break.${createHash("sha256").update(content).digest("hex").slice(0, 12)}.0`;
  await writeFile(breaker, "");
  await expect(acquire(100)).rejects.toMatchObject({ code: "lock.held" });
  const longAgo = new Date(Date.now() - 60_000);
  await utimes(breaker, longAgo, longAgo);
  {
    await using _lock = await acquire();
  }
  expect(await readdir(folder)).toEqual([]);
});

test("a damaged lock is taken over", async () => {
  await writeFile(path, "");
  await using _lock = await acquire();
});

test("a process that has ended and was not waited for does not run", async () => {
  await using ended = await zombie();
  expect(await isRunning(ended.pid)).toBe(false);
  expect(await isRunning(process.pid)).toBe(true);
  expect(await isRunning(process.pid, await processStart(process.pid))).toBe(true);
});

if (process.getuid?.() === 0) describe("on a disk that is full", onFullDisk);
else notRun("a lock on a disk that is full", "only root may mount a small disk");

function onFullDisk(): void {
  const exec = promisify(execFile);
  beforeEach(async () => {
    await exec("mount", ["-t", "tmpfs", "-o", "size=64k", "tmpfs", folder]);
    await expect(writeFile(join(folder, "full"), Buffer.alloc(2 ** 20))).rejects.toThrow(/ENOSPC/u);
  });
  afterEach(() => exec("umount", ["--lazy", folder]));

  test("there are locks, too: who wants to free some takes one", async () => {
    {
      await using _lock = await acquire();
      expect(await isLockHeld(path)).toBe(true);
      await expect(acquire(0)).rejects.toMatchObject({ message: expect.stringContaining(`process ${process.pid}`) });
    }
    expect(await readdir(folder)).toEqual(["full"]);
  });

  test("that of a process that died is taken over", async () => {
    await symlink(`${randomUUID()} ${dead.pid} ${dead.startedTicks}`, path);
    expect(await isLockHeld(path)).toBe(false);
    {
      await using _lock = await acquire();
      expect(await isLockHeld(path)).toBe(true);
    }
    expect(await readdir(folder)).toEqual(["full"]);
  });
}
