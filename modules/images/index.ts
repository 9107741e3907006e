import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { Clock } from "../base/clock.ts";
import { showElapsed } from "../base/elapsed.ts";
import { StackhouseError } from "../base/errors.ts";
import type { Progress } from "../base/progress.ts";
import { seconds } from "../base/wait.ts";
import type { Runner } from "../system/exec.ts";
import type { Home } from "../system/home.ts";
import { markUsed } from "../system/cache.ts";
import { acquireLock } from "../system/lock.ts";
import { buildImage } from "./build.ts";
import type { AgentNode } from "../system/agent-node.ts";
import { agentNode } from "./node-binary.ts";
import { sweepDrafts } from "../system/cache.ts";
import { sha256Of } from "./records.ts";
import { currentRecipe, keyOf, type Recipe } from "./recipe.ts";
import {
  baseImageKind,
  checkBaseImage,
  findBaseImage,
  isBaseImageKey,
  storeImage,
  verifiedBaseImage,
  wholeBaseImage,
  type BaseImage,
} from "./store.ts";

export {
  baseImageKind,
  checkBaseImage,
  derivedImageKind,
  deriveImage,
  digestsOf,
  findBaseImage,
  imageFileNames,
  imageMadeIn,
  pruneDerivedImages,
  recordedDigests,
  wholeBaseImage,
} from "./store.ts";
export type { BaseImage, FoundImage, ImageDigests, ImageFile } from "./store.ts";
export { runMmdebstrap } from "./mmdebstrap.ts";
export type { DebianBuild } from "./mmdebstrap.ts";
export { makeScratch, removeKilledBuilds } from "./scratch.ts";
export {
  failedTemplateKind,
  failedTemplatePath,
  failedTemplates,
  findTemplate,
  madeIn,
  storeTemplate,
  templateFiles,
  templateKind,
  verifyTemplate,
} from "./templates.ts";
export type { FoundTemplate, TemplateMemory, VmTemplate } from "./templates.ts";
export { buildTools, debianTools, missingTools, requireTools } from "./tools.ts";

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

/**
 * Makes sure that the current base image is in the cache, and whole. One that was damaged is built anew; what a killed build left behind
 * is removed; a build of another process is waited for. Fails with `image.tool-missing`, `image.build-failed`, `vm.disk-full`.
 */
export async function ensureBaseImage(ports: ImagePorts, call: ImageCall): Promise<BaseImage> {
  const recipe = await currentRecipe();
  const key = keyOf(recipe);
  const { home, clock } = ports;
  const found = await verifiedBaseImage(home, key);
  if (found !== undefined) {
    await markUsed(join(home.cache.images, key));
    return found;
  }
  await mkdir(home.cache.images, { recursive: true });
  await using _lock = await acquireLock(baseImageKind(home).lockOf(key), {
    ...call,
    clock,
    purpose: "building the VM base image",
    deadlineMs: lockDeadlineMs,
  });
  call.progress.status("checking the VM base image");
  const checked = await checkBaseImage(home, key);
  if (checked.state === "whole") return checked.image;
  if (checked.state === "damaged") call.progress.warn(`the base image ${key} is built anew, as ${checked.reason}`);
  return await build(key, recipe, ports, call);
}

/**
 * The image that a VM was or will be made from: the current one is built where it is missing, an older one must still be in
 * the cache.
 */
export async function baseImageOf(key: string, ports: ImagePorts, call: ImageCall): Promise<BaseImage> {
  if (key === (await currentBaseImageKey())) return ensureBaseImage(ports, call);
  const found = isBaseImageKey(key) ? await wholeBaseImage(ports.home, key) : undefined;
  if (found !== undefined) return found;
  const problem = await problemWithBaseImage(key, ports.home);
  const reason = problem?.reason ?? `the base image ${key} is damaged, and this version makes another`;
  // The key may be the program's, or be kept in the state.
  const hint = `a program that gives a baseImage leaves it out, and the next up makes the VM from ${await currentBaseImageKey()}`;
  throw new StackhouseError(isBaseImageKey(key) ? "image.corrupt" : "input.invalid", reason, { hint });
}

/** Why no VM can be made from a base image that a program gives, and what to do; undefined where one can, as far as a look tells that does not read it. */
export async function problemWithBaseImage(
  key: string,
  home: Home,
): Promise<{ readonly reason: string; readonly hint: string } | undefined> {
  if (key === (await currentBaseImageKey())) return undefined;
  const hint = `leave baseImage out: a new VM is made from ${await currentBaseImageKey()} then`;
  if (!isBaseImageKey(key)) return { reason: `${JSON.stringify(key)} is no key of a base image`, hint };
  if ((await findBaseImage(home, key)) !== undefined) return undefined;
  return { reason: `the base image ${key} is not in the cache, and this version makes another`, hint };
}

async function build(key: string, recipe: Recipe, ports: ImagePorts, call: ImageCall): Promise<BaseImage> {
  const { home, clock } = ports;
  const started = clock.now();
  const node = ports.node ?? (await agentNode());
  const baked = { ...node, sha256: await sha256Of(node.path) };
  let stage = "starting";
  const onStage = (next: string): void => void (stage = next);
  const kind = baseImageKind(home);
  await sweepDrafts(kind, { ...call, clock });
  const lock = kind.lockOf(key);
  const image = await storeImage(home, key, async (folder) => {
    await showElapsed(
      () => `base image: ${stage}`,
      { clock, progress: call.progress },
      () => buildImage(recipe, baked, folder, { ...ports, lock, signal: call.signal, onStage }),
    );
    return {
      recipe,
      kernelArguments: [...recipe.kernelArguments],
      diskBytes: recipe.diskBytes,
      node: { version: baked.version, sha256: baked.sha256 },
    };
  });
  call.progress.info(`base image ${key} built in ${seconds(clock.now() - started)}`);
  return image;
}
