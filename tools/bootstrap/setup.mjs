// The set-up that the quickstart and the tests share, in the order that keeps two cores busy.

import { ensureBuilt } from "./build.mjs";
import { ensurePackages, productPackages } from "./debian.mjs";
import { ensureDependencies } from "./npm.mjs";
import { step } from "./steps.mjs";
import { runTask } from "./tasks.mjs";

export const dependencies = () => step("npm dependencies", ensureDependencies);

/** @param {() => Promise<readonly import("./debian.mjs").Package[]>} [more] */
export const packages = (more = () => Promise.resolve([])) =>
  step("Debian packages", async (reporter) => ensurePackages([...productPackages(), ...(await more())], reporter));

export const built = () => step("build", ensureBuilt);

export const engine = () =>
  step("Pulumi engine", async (reporter) => {
    const { version, source, binDir } = await runTask("engine", reporter);
    return `${version}, ${source === "path" ? `on PATH in ${binDir}` : source}`;
  });

export const baseImage = () =>
  step("VM base image", async (reporter) => {
    const { key } = await runTask("base-image", reporter);
    return key;
  });

/** Gives the path of the archive. */
export async function appImages() {
  let archive = "";
  await step("quickstart images", async (reporter) => {
    ({ archive } = await runTask("app-images", reporter));
    return "ready";
  });
  return archive;
}
