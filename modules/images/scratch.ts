import { createHash } from "node:crypto";
import { chmod, mkdtemp, readdir, readFile, rm, statfs } from "node:fs/promises";
import { join } from "node:path";
import type { Home } from "../system/home.ts";
import { acquireLock, type LockOptions } from "../system/lock.ts";

/** What unpacked packages, the root file system and its disk take while an image is built. */
const neededBytes = 4 * 1024 ** 3;

const memory = "/dev/shm";
/** Where other users can reach what a build in a user namespace makes as them. */
const shared = "/var/tmp";

/**
 * A folder for the files of one build, emptied of what a killed build left. In memory where there is plenty, because a root
 * file system is tens of thousands of small files; else on disk, in `beside`, or in a user namespace where its other users can
 * reach it. The caller holds the lock of what it builds.
 */
export async function makeScratch(
  home: Home,
  build: { readonly lock: string; readonly beside: string },
): Promise<AsyncDisposable & { readonly path: string }> {
  const isRoot = process.getuid?.() === 0;
  const mark = `${markOf(home)}${digestOf(build.lock)}-`;
  const parent = (await fitsInMemory()) ? memory : isRoot ? build.beside : shared;
  await removeMarked([memory, shared, build.beside], mark);
  const path = await mkdtemp(join(parent, mark));
  // mmdebstrap works below it as another user; what it makes there is its own.
  if (!isRoot) await chmod(path, 0o1777);
  return {
    path,
    async [Symbol.asyncDispose]() {
      await rm(path, { recursive: true, force: true });
    },
  };
}

/** Removes what killed builds left outside of the home, but not what builds that go on have there. */
export async function removeKilledBuilds(home: Home, call: Omit<LockOptions, "purpose" | "deadlineMs">): Promise<void> {
  const mark = markOf(home);
  const found = (await Promise.all([memory, shared].map((folder) => readdir(folder).catch(() => [])))).flat();
  if (!found.some((name) => name.startsWith(mark))) return;
  const locks = await Promise.all([home.cache.images, home.cache.archives].map((folder) => locksIn(folder)));
  const held: AsyncDisposable[] = [];
  try {
    for (const lock of locks.flat()) {
      held.push(await acquireLock(lock, { ...call, purpose: "clearing up", deadlineMs: 1_000 }));
    }
    await removeMarked([memory, shared], mark);
  } finally {
    for (const lock of held.reverse()) await lock[Symbol.asyncDispose]();
  }
}

async function locksIn(folder: string): Promise<readonly string[]> {
  const names = await readdir(folder).catch(() => []);
  return names.filter((name) => name.endsWith(".lock")).map((name) => join(folder, name));
}

function markOf({ root }: Home): string {
  return `stackhouse-${digestOf(root)}-`;
}

function digestOf(path: string): string {
  return createHash("sha256").update(path).digest("hex").slice(0, 12);
}

async function removeMarked(folders: readonly string[], mark: string): Promise<void> {
  for (const folder of folders) {
    const names = await readdir(folder).catch(() => []);
    for (const name of names.filter((found) => found.startsWith(mark))) {
      await rm(join(folder, name), { recursive: true, force: true });
    }
  }
}

async function fitsInMemory(): Promise<boolean> {
  try {
    const { bavail, bsize } = await statfs(memory);
    const available = /^MemAvailable: +(\d+) kB$/m.exec(await readFile("/proc/meminfo", "utf8"))?.[1];
    return bavail * bsize >= neededBytes && Number(available) * 1024 >= 2 * neededBytes;
  } catch {
    return false;
  }
}
