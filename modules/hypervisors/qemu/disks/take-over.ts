import { mkdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { namesIn } from "../../../system/files.ts";
import type { VmFolder } from "../folder.ts";

// Kernel, initial RAM disk and disks of a VM are of one making: with those of two no guest boots. So where others take their place, they
// lie together in `taking-over` first, and are in force from then on, whoever moves them out of it.

const complete = "taking-over";
const draft = "taking-over.new";

/**
 * Gives a VM's folder files in place of its own, which `fill` puts into a folder: all, or none where that fails or is killed. The caller
 * holds the VM's lock.
 */
export async function takeOver(folder: VmFolder, fill: (place: string) => Promise<void>): Promise<void> {
  await finishTakingOver(folder);
  const place = folder.file(draft);
  // Of a run that was killed.
  await rm(place, { recursive: true, force: true });
  await mkdir(place);
  try {
    await fill(place);
    await rename(place, folder.file(complete));
  } finally {
    await rm(place, { recursive: true, force: true });
  }
  await finishTakingOver(folder);
}

/** Ends what a run that was killed has left in the middle. */
export async function finishTakingOver(folder: VmFolder): Promise<void> {
  const place = folder.file(complete);
  for (const name of await namesIn(place)) await rename(join(place, name), folder.file(name));
  // Renaming a link to a file onto another link to it does nothing. Source: rename(2).
  await rm(place, { recursive: true, force: true });
}
