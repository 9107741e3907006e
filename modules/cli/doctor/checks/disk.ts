import { statfs } from "node:fs/promises";
import type { Check } from "../check.ts";
import { nearestFolder } from "../nearest-folder.ts";

const gib = 1024 ** 3;
const neededBytes = 6 * gib;

export const disk: Check = {
  name: "disk",
  neededFor: "local",
  async look({ home }) {
    const folder = await nearestFolder(home.root);
    const { bavail, bsize } = await statfs(folder);
    const free = bavail * bsize;
    const found = `${(free / gib).toFixed(1)} GiB free for ${home.root}`;
    if (free >= neededBytes) return { status: "passed", found };
    return {
      status: "failed",
      found,
      fix: `free ${neededBytes / gib} GiB, or set STACKHOUSE_HOME to a folder on a larger disk`,
    };
  },
};
