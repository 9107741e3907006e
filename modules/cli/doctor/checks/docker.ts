import { findProgram } from "../../../system/programs.ts";
import type { Check } from "../check.ts";

/** People expect to need it, so it is said that they do not. */
export const docker: Check = {
  name: "docker",
  neededFor: "everything",
  async look({ env }) {
    const path = await findProgram("docker", env);
    return {
      status: "passed",
      found: path === undefined ? "not on this workstation, and not needed" : "on this workstation; not needed",
    };
  },
};
