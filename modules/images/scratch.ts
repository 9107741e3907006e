import { createHash } from "node:crypto";
import { chmod, mkdtemp, readdir, readFile, rm, statfs } from "node:fs/promises";
import { dirname, join } from "node:path";

/** What unpacked packages, the root file system and its disk take while an image is built. */
const neededBytes = 4 * 1024 ** 3;

/**
 * A folder for the files of one build, emptied of what a killed build left. In memory where there is plenty, because a root
 * file system is tens of thousands of small files; else on disk, beside the image or, for a build in a user namespace, where
 * its other users can reach it.
 */
export async function makeScratch(
  folder: string,
  user: { readonly root: boolean },
): Promise<AsyncDisposable & { readonly path: string }> {
  const parent = (await fitsInMemory()) ? "/dev/shm" : user.root ? folder : "/var/tmp";
  // Builds of one cache exclude each other, so what has its mark is left over.
  const mark = `stackhouse-${createHash("sha256").update(dirname(folder)).digest("hex").slice(0, 12)}-`;
  for (const name of await readdir(parent)) {
    if (name.startsWith(mark)) await rm(join(parent, name), { recursive: true, force: true });
  }
  const path = await mkdtemp(join(parent, mark));
  // mmdebstrap works below it as another user; what it makes there is its own.
  if (!user.root) await chmod(path, 0o1777);
  return {
    path,
    async [Symbol.asyncDispose]() {
      await rm(path, { recursive: true, force: true });
    },
  };
}

async function fitsInMemory(): Promise<boolean> {
  try {
    const { bavail, bsize } = await statfs("/dev/shm");
    const available = /^MemAvailable: +(\d+) kB$/m.exec(await readFile("/proc/meminfo", "utf8"))?.[1];
    return bavail * bsize >= neededBytes && Number(available) * 1024 >= 2 * neededBytes;
  } catch {
    return false;
  }
}
