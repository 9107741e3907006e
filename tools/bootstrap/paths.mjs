import { existsSync } from "node:fs";
import { delimiter, dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

/** Folder of the clone. */
export const root = resolve(dirname(fileURLToPath(import.meta.url)), "..", "..");

/** A Node that runs TypeScript: this one where it is new enough, else the one among the dependencies. */
export function node24() {
  if (Number(process.versions.node.split(".")[0]) >= 24) return process.execPath;
  const installed = join(root, "node_modules", ".bin", "node");
  return existsSync(installed) ? installed : process.execPath;
}

/** The environment in which `node` is that Node. @returns {NodeJS.ProcessEnv} */
export function node24Environment() {
  return { ...process.env, PATH: `${dirname(node24())}${delimiter}${process.env.PATH ?? ""}` };
}
