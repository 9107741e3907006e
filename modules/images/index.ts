import { mkdir, mkdtemp, readdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import type { Clock } from "../base/clock.ts";
import { StackhouseError } from "../base/errors.ts";
import type { Progress } from "../base/progress.ts";
import { seconds } from "../base/wait.ts";
import type { Runner } from "../system/exec.ts";
import { syncPath } from "../system/files.ts";
import type { Home } from "../system/home.ts";
import { acquireLock } from "../system/lock.ts";
import { buildImage, imageFiles } from "./build.ts";
import { manifestOfIntact, sha256Of, writeManifest } from "./manifest.ts";
import { agentNode, type AgentNode } from "./node-binary.ts";
import { currentRecipe, keyOf, type Recipe } from "./recipe.ts";
import { ticking } from "./ticking.ts";

export { buildTools, missingTools } from "./tools.ts";

/** A read-only base image: VMs get overlays of its disk and boot its kernel directly. Paths are absolute. */
export interface BaseImage {
  readonly key: string;
  readonly kernel: string;
  readonly initrd: string;
  readonly disk: string;
  /** Kernel command line, without what a driver adds. */
  readonly kernelArguments: string;
}

export interface ImagePorts {
  readonly home: Home;
  readonly runner: Runner;
  readonly clock: Clock;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The Node that is baked in. Default: the one that npm installed. */
  readonly node?: AgentNode;
}

export interface ImageCall {
  readonly signal: AbortSignal;
  readonly progress: Progress;
}

/** Another process may be building the same image. */
const lockDeadlineMs = 25 * 60_000;

/** Key of the image that this build of Stackhouse makes. */
export async function currentBaseImageKey(): Promise<string> {
  return keyOf(await currentRecipe());
}

/** The image of a key where it is in the cache and whole. */
export async function findBaseImage(home: Home, key: string): Promise<BaseImage | undefined> {
  const folder = join(home.cache.images, key);
  const manifest = await manifestOfIntact(folder);
  if (manifest === undefined) return undefined;
  const path = (name: keyof typeof imageFiles): string => join(folder, imageFiles[name]);
  const kernelArguments = manifest.kernelArguments.join(" ");
  return { key, kernel: path("kernel"), initrd: path("initrd"), disk: path("disk"), kernelArguments };
}

/**
 * Makes sure that the current base image is in the cache. One that was damaged is built anew; what a killed build left behind
 * is removed; a build of another process is waited for. Fails with `image.tool-missing`, `image.build-failed`, `vm.disk-full`.
 */
export async function ensureBaseImage(ports: ImagePorts, call: ImageCall): Promise<BaseImage> {
  const recipe = await currentRecipe();
  const key = keyOf(recipe);
  const { home, clock } = ports;
  const found = await findBaseImage(home, key);
  if (found !== undefined) return found;
  await mkdir(home.cache.images, { recursive: true });
  await using _lock = await acquireLock(join(home.cache.images, `${key}.lock`), {
    ...call,
    clock,
    purpose: "building the VM base image",
    deadlineMs: lockDeadlineMs,
  });
  const built = await findBaseImage(home, key);
  if (built !== undefined) return built;
  await buildInto(key, recipe, ports, call);
  const made = await findBaseImage(home, key);
  if (made === undefined)
    throw new StackhouseError("image.corrupt", `the base image ${key} changed while it was built`);
  return made;
}

/**
 * The image that a VM was or will be made from: the current one is built where it is missing, an older one must still be in
 * the cache.
 */
export async function baseImageOf(key: string, ports: ImagePorts, call: ImageCall): Promise<BaseImage> {
  const current = await currentBaseImageKey();
  if (key === current) return ensureBaseImage(ports, call);
  const found = await findBaseImage(ports.home, key);
  if (found !== undefined) return found;
  throw new StackhouseError(
    "image.corrupt",
    `the base image ${key} is not in the cache, and this version makes another`,
    {
      hint: `replace the VM to move it to ${current}`,
    },
  );
}

/** Builds beside the place of the image and renames: an image is there whole or not at all. */
async function buildInto(key: string, recipe: Recipe, ports: ImagePorts, call: ImageCall): Promise<void> {
  const { home, clock } = ports;
  const started = clock.now();
  const prefix = `.${key}-`;
  await removeLeftovers(home.cache.images, prefix);
  const work = await mkdtemp(join(home.cache.images, prefix));
  try {
    const node = ports.node ?? (await agentNode());
    let stage = "starting";
    const say = (): void => call.progress.status(`base image: ${stage} (${seconds(clock.now() - started)})`);
    const onStage = (next: string): void => {
      stage = next;
      say();
    };
    const baked = { ...node, sha256: await sha256Of(node.path) };
    await ticking(clock, say, () => buildImage(recipe, baked, work, { ...ports, signal: call.signal, onStage }));
    await writeManifest(work, {
      key,
      recipe,
      kernelArguments: [...recipe.kernelArguments],
      node: { version: baked.version, sha256: baked.sha256 },
    });
    const place = join(home.cache.images, key);
    await rm(place, { recursive: true, force: true });
    await rename(work, place);
    await syncPath(home.cache.images);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
  call.progress.info(`base image ${key} built in ${seconds(clock.now() - started)}`);
}

async function removeLeftovers(folder: string, prefix: string): Promise<void> {
  for (const name of await readdir(folder)) {
    if (name.startsWith(prefix)) await rm(join(folder, name), { recursive: true, force: true });
  }
}
