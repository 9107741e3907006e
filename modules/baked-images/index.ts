import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { mkdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import type { ArchiveFile } from "../agent-client/send-archives.ts";
import { StackhouseError } from "../base/errors.ts";
import { seconds } from "../base/wait.ts";
import { vmName } from "../hypervisors/driver.ts";
import {
  checkBaseImage,
  derivedImageKind,
  deriveImage,
  pruneDerivedImages,
  type BaseImage,
  type FoundImage,
} from "../images/index.ts";
import { markUsed, type CacheKind } from "../system/cache.ts";
import { isErrno } from "../system/files.ts";
import type { Home } from "../system/home.ts";
import { acquireLock } from "../system/lock.ts";
import { cleaningScript } from "./clean.ts";
import { fillGuest, removeBakingVms } from "./guest.ts";
import { bakedKey, bakeDiskGiB } from "./key.ts";
import type { BakeCall, BakePorts } from "./ports.ts";

export type { BakeCall, BakePorts } from "./ports.ts";

/**
 * Where the VMs that bake are: apart from the user's, so that all of them may be removed. Nor is the user's pool theirs: a driver ends what
 * waits there and is asked for by none of its own VMs.
 */
export function bakingHome(home: Home): Home {
  const { images } = home.cache;
  return { ...home, state: { ...home.state, vms: join(images, ".baking"), pool: join(images, ".baking-pool") } };
}

/** The newest ones; going back to an older app or agent bakes again. */
const keptImages = 4;

/** Another process may be baking the same image, or another one first. */
const lockDeadlineMs = 25 * 60_000;
/** Without archives it takes about a minute, and spares less: who bakes for longer than a busy machine needs bakes another one. */
const agentLockDeadlineMs = 3 * 60_000;

export interface BakeRequest {
  /** Paths of image archives on the workstation. */
  readonly archives: readonly string[];
  /** Disk of the VM that is to start from the image. */
  readonly diskGiB: number;
}

/**
 * Makes sure that the cache has an image whose disk holds, besides the base image, the host agent and the images of some
 * archives: a VM that starts from it needs no installation and no transfer. It is made by booting the base image once. What a
 * killed run left behind is removed. Gives its key, or undefined where what making it may need is more than the VM's disk.
 *
 * @throws `image.build-failed` with what the guest said last; `vm.*`, `agent.*` and `ssh.*` of the steps on the way
 */
export async function ensureBakedImage(
  base: BaseImage,
  request: BakeRequest,
  ports: BakePorts,
  call: BakeCall,
): Promise<string | undefined> {
  const { home, driver, clock, bundle } = ports;
  const files = await Promise.all(request.archives.map((path) => archiveFile(path, call.signal)));
  const archiveBytes = files.reduce((sum, { bytes }) => sum + bytes, 0);
  const diskGiB = bakeDiskGiB(base.diskBytes, archiveBytes);
  if (diskGiB > request.diskGiB) {
    call.progress.warn(
      `the images are sent once the VM runs: to be on its disk before, they need one of ${diskGiB} GiB, and it has ${request.diskGiB}`,
    );
    return undefined;
  }
  const { digest: script, launcherDigest: launcher, unitDigest: unit } = bundle;
  const recipe = {
    baseImage: base.key,
    agent: { script, launcher, unit },
    cleaning: cleaningScript,
    archives: files.map(({ digest }) => digest),
  };
  const key = bakedKey(recipe);
  const look = async (): Promise<FoundImage> => {
    const found = await checkBaseImage(home, key, call.signal);
    if (found.state === "whole") await markUsed(join(home.cache.images, key));
    return found;
  };
  if ((await look()).state === "whole") return key;
  await mkdir(home.cache.images, { recursive: true });
  await using _lock = await acquireLock(lockOf(home), {
    ...call,
    clock,
    purpose: "baking a VM image",
    deadlineMs: files.length === 0 ? agentLockDeadlineMs : lockDeadlineMs,
  });
  const found = await look();
  if (found.state === "whole") return key;
  if (found.state === "damaged") call.progress.warn(`the VM image ${key} is baked anew, as ${found.reason}`);
  const started = clock.now();
  await removeBakingVms(driver, call);
  await deriveImage(home, { key, base, diskBytes: diskGiB * 1024 ** 3, recipe }, (path) =>
    fillGuest({ key, base, diskGiB, archives: files, path }, ports, call),
  );
  await pruneDerivedImages(home, keptImages);
  call.progress.info(`VM image ${key} baked in ${seconds(clock.now() - started)}`);
  return key;
}

/** Removes the VMs of bakings that were killed. Throws `lock.held` where one goes on. */
export async function removeKilledBakings(
  { home, driver, clock }: Pick<BakePorts, "home" | "driver" | "clock">,
  call: BakeCall,
): Promise<void> {
  await mkdir(home.cache.images, { recursive: true });
  const deadlineMs = 1_000;
  await using _lock = await acquireLock(lockOf(home), { ...call, clock, purpose: "clearing up", deadlineMs });
  await removeBakingVms(driver, call);
}

/** Baked images in the cache, made one at a time. */
export function bakedImageKind(home: Home): CacheKind {
  return { ...derivedImageKind(home), lockOf: () => lockOf(home) };
}

/** VMs that bake, as a part of the cache: it tells what a run is at work with, and what killed ones have left. */
export function bakingKind({ home, driver }: Pick<BakePorts, "home" | "driver">): CacheKind {
  return {
    what: "unfinished baked image",
    folder: bakingHome(home).state.vms,
    isEntry: (name) => vmName.test(name),
    lockOf: () => lockOf(home),
    ofRuns: true,
    end: (id, call) => driver.destroy(id, call),
  };
}

/** One for all images: whoever holds it knows that no other baking goes on. */
function lockOf(home: Home): string {
  return join(home.cache.images, "baking.lock");
}

async function archiveFile(path: string, signal: AbortSignal): Promise<ArchiveFile & { readonly bytes: number }> {
  const hash = createHash("sha256");
  try {
    await pipeline(createReadStream(path), hash, { signal });
    return { path, digest: hash.digest("hex"), bytes: (await stat(path)).size };
  } catch (error) {
    if (!isErrno(error, "ENOENT")) throw error;
    throw new StackhouseError("input.invalid", `there is no image archive ${path}`, { cause: error });
  }
}
