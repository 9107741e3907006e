import { constants } from "node:fs";
import { access } from "node:fs/promises";
import type { Check } from "../check.ts";
import { nearestFolder } from "../nearest-folder.ts";

export const home: Check = {
  name: "home",
  neededFor: "everything",
  async look({ home: { root } }) {
    const folder = await nearestFolder(root);
    try {
      await access(folder, constants.W_OK);
      return { status: "passed", found: folder === root ? `${root} is writable` : `${root} can be made` };
    } catch {
      return {
        status: "failed",
        found: `${folder} is not writable`,
        fix: "give yourself the right to write there, or set STACKHOUSE_HOME to a folder of yours",
      };
    }
  },
};
