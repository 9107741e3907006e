import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { mkdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import type { AgentBundle } from "../agent-install/bundle.ts";
import type { ArchiveFile } from "../agent-client/send-archives.ts";
import type { Clock } from "../base/clock.ts";
import type { Progress } from "../base/progress.ts";
import { seconds } from "../base/wait.ts";
import type { Driver } from "../hypervisors/driver.ts";
import { deriveImage, findBaseImage, pruneDerivedImages, type BaseImage } from "../images/index.ts";
import type { SshPool } from "../ssh/types.ts";
import type { Home } from "../system/home.ts";
import { acquireLock } from "../system/lock.ts";
import { fillGuest } from "./guest.ts";
import { bakedKey, bakeDiskGiB } from "./key.ts";

export interface BakePorts {
  readonly home: Home;
  readonly driver: Driver;
  readonly pool: SshPool;
  readonly clock: Clock;
  readonly bundle: AgentBundle;
}

export interface BakeCall {
  readonly signal: AbortSignal;
  readonly progress: Progress;
}

/** The newest ones; going back to an older app or agent bakes again. */
const keptImages = 4;

/** Another process may be baking the same image. */
const lockDeadlineMs = 25 * 60_000;

/**
 * Makes sure that the cache has an image whose disk holds, besides the base image, the host agent and the images of some
 * archives: a VM that starts from it needs no installation and no transfer. It is made by booting the base image once. What a
 * killed run left behind is removed. Gives its key.
 *
 * @param archives Paths of image archives on the workstation.
 * @throws `image.build-failed` with what the guest said last; `vm.*`, `agent.*` and `ssh.*` of the steps on the way
 */
export async function ensureBakedImage(
  base: BaseImage,
  archives: readonly string[],
  ports: BakePorts,
  call: BakeCall,
): Promise<string> {
  const { home, clock, bundle } = ports;
  const files = await Promise.all(archives.map(archiveFile));
  const recipe = { baseImage: base.key, agent: bundle.digest, archives: files.map(({ digest }) => digest) };
  const key = bakedKey(recipe);
  const isThere = async (): Promise<boolean> => (await findBaseImage(home, key)) !== undefined;
  if (await isThere()) return key;
  await mkdir(home.cache.images, { recursive: true });
  await using _lock = await acquireLock(join(home.cache.images, `${key}.lock`), {
    ...call,
    clock,
    purpose: "baking a VM image",
    deadlineMs: lockDeadlineMs,
  });
  if (await isThere()) return key;
  const started = clock.now();
  const archiveBytes = files.reduce((sum, { bytes }) => sum + bytes, 0);
  const diskGiB = bakeDiskGiB(base.diskBytes, archiveBytes);
  await deriveImage(home, { key, base, diskBytes: diskGiB * 1024 ** 3, recipe }, (path) =>
    fillGuest({ key, base, diskGiB, archives: files, path }, ports, call),
  );
  await pruneDerivedImages(home, keptImages);
  call.progress.info(`VM image ${key} baked in ${seconds(clock.now() - started)}`);
  return key;
}

async function archiveFile(path: string): Promise<ArchiveFile & { readonly bytes: number }> {
  const hash = createHash("sha256");
  await pipeline(createReadStream(path), hash);
  return { path, digest: hash.digest("hex"), bytes: (await stat(path)).size };
}
