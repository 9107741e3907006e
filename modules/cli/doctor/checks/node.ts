import process from "node:process";
import type { Check } from "../check.ts";

const oldestMajor = 20;

export const node: Check = {
  name: "node",
  neededFor: "everything",
  look: () => {
    const found = `node ${process.versions.node}`;
    const major = Number(process.versions.node.split(".")[0]);
    return Promise.resolve(
      major >= oldestMajor
        ? { status: "passed", found }
        : { status: "failed", found, fix: `install Node.js ${oldestMajor} or newer: https://nodejs.org` },
    );
  },
};
