import { createHash } from "node:crypto";

/** What a baked image is made of. */
export interface BakeRecipe {
  /** Key of the base image. */
  readonly baseImage: string;
  /** SHA-256 of what is installed of the host agent. */
  readonly agent: { readonly script: string; readonly launcher: string; readonly unit: string };
  /** What takes out of the guest what made it that guest: mended, it reaches the images that were baked before. */
  readonly cleaning: string;
  /** SHA-256 of each image archive. */
  readonly archives: readonly string[];
}

/** The name of a baked image in the cache: `debian-13-3f2a…-9c41…`. The order of archives does not matter. */
export function bakedKey(recipe: BakeRecipe): string {
  const { agent, cleaning } = recipe;
  const content = JSON.stringify([agent.script, agent.launcher, agent.unit, cleaning, ...[...recipe.archives].sort()]);
  return `${recipe.baseImage}-${createHash("sha256").update(content).digest("hex").slice(0, 16)}`;
}

const gibibyte = 1024 ** 3;

/** Disk of the VM that bakes: an engine unpacks archives, which may be compressed, beside the layers that it keeps. */
export function bakeDiskGiB(baseDiskBytes: number, archiveBytes: number): number {
  return Math.ceil((baseDiskBytes + unpackedAndKept * archiveBytes) / gibibyte);
}

const unpackedAndKept = 6;
