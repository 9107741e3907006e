// The set-up that the quickstart and the tests share, a step each.

import { ensureBuilt } from "./build.mjs";
import { ensurePackages } from "./debian.mjs";
import { ensureDependencies } from "./npm.mjs";
import { step } from "./steps.mjs";
import { runTask } from "./tasks.mjs";

export const dependencies = () => step("npm dependencies", ensureDependencies);

/** @param {"quickstart" | "test"} purpose */
export const packages = (purpose) =>
  step("Debian packages", async (reporter) => ensurePackages(await runTask("packages", reporter, [purpose]), reporter));

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

export const vmImage = () =>
  step("VM image of the app", async (reporter) => {
    const { key } = await runTask("vm-image", reporter);
    return key;
  });
