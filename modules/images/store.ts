import { chmod, link, mkdir, mkdtemp, readdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { StackhouseError } from "../base/errors.ts";
import { discard, listCache, type CacheKind } from "../system/cache.ts";
import { isErrno, namesIn, syncPath } from "../system/files.ts";
import type { Home } from "../system/home.ts";
import { imageFiles } from "./build.ts";
import { packagesFile, readManifest, writeManifest, type Manifest } from "./manifest.ts";
import { differenceInSize, sha256Of } from "./records.ts";
import { areVerified, verify } from "./verified.ts";

/** A read-only image: VMs get overlays of its disk and boot its kernel directly. Paths are absolute. */
export interface BaseImage {
  readonly key: string;
  readonly kernel: string;
  readonly initrd: string;
  readonly disk: string;
  /** Size of the disk as a guest sees it. */
  readonly diskBytes: number;
  /** Kernel command line, without what a driver adds. */
  readonly kernelArguments: string;
  readonly digests: ImageDigests;
}

export type ImageFile = keyof typeof imageFiles;

/**
 * SHA-256 of the files of an image; absent: not known. They tell one making from another, which the key does not: it is that of what an
 * image is made from.
 */
export type ImageDigests = Readonly<Partial<Record<ImageFile, string>>>;

/** What a manifest says besides the files themselves. */
export type ImageOrigin = Omit<Manifest, "packages" | "files">;

/** The image of a key where it is in the cache, as far as a look tells that does not read it: for who does not use it. */
export async function findBaseImage(home: Home, key: string): Promise<BaseImage | undefined> {
  return imageIn(await lookAt(home, key, ({ files }, folder) => differenceInSize(folder, fileNames, files)));
}

/** The image of a key where it was found to be whole since the workstation was started, and was not touched since. */
export async function verifiedBaseImage(home: Home, key: string): Promise<BaseImage | undefined> {
  return imageIn(
    await lookAt(home, key, async (_manifest, folder) =>
      (await areVerified(folder, fileNames)) ? undefined : "nobody has read it yet",
    ),
  );
}

/** What was found of an image. */
export type FoundImage =
  | { readonly state: "whole"; readonly image: BaseImage }
  | { readonly state: "absent" }
  /** The reason is a part of a sentence. */
  | { readonly state: "damaged"; readonly reason: string };

/** The image of a key where it is whole; where nobody has found it to be that yet, it is read to the last bit: seconds. */
export async function checkBaseImage(home: Home, key: string, signal?: AbortSignal): Promise<FoundImage> {
  const image = await verifiedBaseImage(home, key);
  if (image !== undefined) return { state: "whole", image };
  return await lookAt(home, key, ({ files }, folder) => verify(folder, fileNames, files, signal));
}

/** The same for whom it does not matter why there is none. */
export async function wholeBaseImage(home: Home, key: string, signal?: AbortSignal): Promise<BaseImage | undefined> {
  return imageIn(await checkBaseImage(home, key, signal));
}

function imageIn(found: FoundImage): BaseImage | undefined {
  return found.state === "whole" ? found.image : undefined;
}

/** What the image of a key was when it was made; nothing is known where the cache has none. */
export async function recordedDigests(home: Home, key: string): Promise<ImageDigests> {
  return await imageMadeIn(join(home.cache.images, key));
}

/** The same of the image in a folder. */
export async function imageMadeIn(folder: string): Promise<ImageDigests> {
  const manifest = await readManifest(folder);
  return manifest === undefined ? {} : digestsIn(manifest);
}

/** What files are that an image's were once. Those that are not there are absent. */
export async function digestsOf(
  paths: Readonly<Record<ImageFile, string>>,
  signal: AbortSignal,
): Promise<ImageDigests> {
  const digests: Partial<Record<ImageFile, string>> = {};
  for (const name of imageFileNames) {
    try {
      digests[name] = await sha256Of(paths[name], signal);
    } catch (error) {
      if (!isErrno(error, "ENOENT")) throw error;
    }
  }
  return digests;
}

function digestsIn({ files }: Manifest): ImageDigests {
  const digests = imageFileNames.map((name) => [name, files[imageFiles[name]]?.sha256] as const);
  return Object.fromEntries(digests.filter(([, digest]) => digest !== undefined));
}

export const imageFileNames = ["kernel", "initrd", "disk"] as const satisfies readonly ImageFile[];
const fileNames = Object.values(imageFiles);

async function lookAt(
  home: Home,
  key: string,
  differenceFrom: (manifest: Manifest, folder: string) => Promise<string | undefined>,
): Promise<FoundImage> {
  const folder = join(home.cache.images, key);
  const manifest = await readManifest(folder);
  if (manifest === undefined) return await notWhole(folder, "its manifest cannot be read");
  try {
    const difference = await differenceFrom(manifest, folder);
    if (difference !== undefined) return await notWhole(folder, difference);
  } catch (error) {
    if (!isErrno(error, "ENOENT")) throw error;
    return await notWhole(folder, "a file of it is missing");
  }
  return { state: "whole", image: imageOf(folder, key, manifest) };
}

/** Others may have taken it away, with all of its files. */
async function notWhole(folder: string, reason: string): Promise<FoundImage> {
  return (await namesIn(folder)).length === 0 ? { state: "absent" } : { state: "damaged", reason };
}

function imageOf(folder: string, key: string, manifest: Manifest): BaseImage {
  const path = (name: keyof typeof imageFiles): string => join(folder, imageFiles[name]);
  const { diskBytes } = manifest;
  const kernelArguments = manifest.kernelArguments.join(" ");
  const digests = digestsIn(manifest);
  return {
    key,
    kernel: path("kernel"),
    initrd: path("initrd"),
    disk: path("disk"),
    diskBytes,
    kernelArguments,
    digests,
  };
}

/**
 * Fills a folder beside the place of the image and renames it: an image is there whole or not at all. What a killed run left
 * behind is removed. The caller holds the lock of the key.
 */
export async function storeImage(
  home: Home,
  key: string,
  fill: (folder: string) => Promise<Omit<ImageOrigin, "key">>,
): Promise<BaseImage> {
  const prefix = `.${key}-`;
  await mkdir(home.cache.images, { recursive: true });
  await removeLeftovers(home.cache.images, prefix);
  const work = await mkdtemp(join(home.cache.images, prefix));
  try {
    await writeManifest(work, { ...(await fill(work)), key });
    const place = join(home.cache.images, key);
    await rm(place, { recursive: true, force: true });
    await rename(work, place);
    await syncPath(home.cache.images);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
  const made = await verifiedBaseImage(home, key);
  if (made === undefined) throw new StackhouseError("image.corrupt", `the image ${key} changed while it was made`);
  return made;
}

export interface DerivedImage {
  readonly key: string;
  /** The image whose kernel, initial RAM disk and packages it has too. */
  readonly base: BaseImage;
  readonly diskBytes: number;
  /** What the disk was made from, for the manifest. */
  readonly recipe: unknown;
}

/** Stores an image that differs from another one in its disk alone, which `makeDisk` writes to the given path. */
export async function deriveImage(
  home: Home,
  { key, base, diskBytes, recipe }: DerivedImage,
  makeDisk: (path: string) => Promise<void>,
): Promise<BaseImage> {
  return storeImage(home, key, async (folder) => {
    const from = join(home.cache.images, base.key);
    const manifest = await readManifest(from);
    if (manifest === undefined) throw new StackhouseError("image.corrupt", `the image ${base.key} is damaged`);
    for (const name of [imageFiles.kernel, imageFiles.initrd, packagesFile]) {
      await link(join(from, name), join(folder, name));
    }
    const disk = join(folder, imageFiles.disk);
    await makeDisk(disk);
    await chmod(disk, 0o444);
    const { node, kernelArguments } = manifest;
    return { recipe, node, kernelArguments, diskBytes };
  });
}

/**
 * Removes derived images but those that were used last: each is most of a gigabyte, and VMs keep what they were made from. What
 * killed runs left of making others goes too, so nobody else may be making any.
 */
export async function pruneDerivedImages(home: Home, keep: number): Promise<void> {
  for (const name of (await readdir(home.cache.images)).filter((found) => derivedWork.test(found))) {
    await rm(join(home.cache.images, name), { recursive: true, force: true });
  }
  const images = await listCache([derivedImageKind(home)]);
  for (const { path } of images.toSorted((one, other) => other.usedAt - one.usedAt).slice(keep)) await discard(path);
}

/** Images that are built of packages, each under a lock of its own. */
export function baseImageKind({ cache: { images } }: Home) {
  return {
    what: "VM base image",
    disk: imageFiles.disk,
    folder: images,
    isEntry: isBaseImageKey,
    draftOf: (name) => (derivedWork.test(name) ? undefined : baseWork.exec(name)?.[1]),
    lockOf: (name: string) => join(images, `${name}.lock`),
  } satisfies CacheKind;
}

/** Images that were derived of others; who derives them knows the lock. */
export function derivedImageKind({ cache: { images } }: Home) {
  return {
    what: "VM image of an app",
    disk: imageFiles.disk,
    folder: images,
    isEntry: (name) => derivedKey.test(name),
  } satisfies CacheKind;
}

/** Whether a name can be that of a base image. It is part of paths. */
export function isBaseImageKey(name: string): boolean {
  return !name.includes("/") && imageKey.test(name) && !derivedKey.test(name);
}

const imageKey = /^[^.].*-[0-9a-f]{16}$/u;
/** `<key of the image that it stands on>-<digest>`. */
const derivedKey = /^[^.].*-[0-9a-f]{16}-[0-9a-f]{16}$/u;
const baseWork = /^\.(.+-[0-9a-f]{16})-.{6}$/u;
const derivedWork = /^\..+-[0-9a-f]{16}-[0-9a-f]{16}-.{6}$/u;

/** What `mkdtemp` appends. */
const randomLength = 6;

async function removeLeftovers(folder: string, prefix: string): Promise<void> {
  for (const name of await readdir(folder)) {
    if (name.startsWith(prefix) && name.length === prefix.length + randomLength)
      await rm(join(folder, name), { recursive: true, force: true });
  }
}
