import { buildTools, currentBaseImageKey, findBaseImage, missingTools } from "../../../images/index.ts";
import type { Check } from "../check.ts";

export const baseImage: Check = {
  name: "base image",
  neededFor: "local",
  async look({ home, env }) {
    const key = await currentBaseImageKey();
    if ((await findBaseImage(home, key)) !== undefined) return { status: "passed", found: `${key} is in the cache` };
    const missing = await missingTools(buildTools(), env);
    if (missing.length === 0) {
      return {
        status: "warning",
        found: "not in the cache",
        fix: "nothing to do: the first stackhouse up builds it, in a few minutes",
      };
    }
    return {
      status: "failed",
      found: `not in the cache, and building it needs ${missing.map(({ program }) => program).join(", ")}`,
      fix: `apt-get install ${missing.map(({ debianPackage }) => debianPackage).join(" ")}`,
    };
  },
};
