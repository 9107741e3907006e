import { statfs } from "node:fs/promises";
import { currentBaseImageKey, findBaseImage } from "../../../images/index.ts";
import type { Check, Finding } from "../check.ts";
import { nearestFolder } from "../nearest-folder.ts";

const gib = 1024 ** 3;
/** What a VM, its template and the engine take at first. */
const usualBytes = gib;
/** What building the base image takes besides, once. */
const imageBytes = 5 * gib;

export const disk: Check = {
  name: "disk",
  neededFor: "local",
  async look({ home }) {
    const { bavail, bsize } = await statfs(await nearestFolder(home.root));
    const image = await findBaseImage(home, await currentBaseImageKey());
    return diskFinding(home.root, { freeBytes: bavail * bsize, baseImage: image === undefined ? "missing" : "cached" });
  },
};

/** Whether there is room for what the next `up` has to make. */
export function diskFinding(
  root: string,
  { freeBytes, baseImage }: { readonly freeBytes: number; readonly baseImage: "cached" | "missing" },
): Finding {
  const neededBytes = usualBytes + (baseImage === "missing" ? imageBytes : 0);
  const found = `${(freeBytes / gib).toFixed(1)} GiB free for ${root}`;
  if (freeBytes >= neededBytes) return { status: "passed", found };
  return {
    status: "failed",
    found,
    fix: `free ${neededBytes / gib} GiB, or set STACKHOUSE_HOME to a folder on a larger disk`,
  };
}
