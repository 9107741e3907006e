// The set-up that the quickstart and the tests share, a step each.

import { ensureBuilt } from "./build.mjs";
import { installPlan, planPackages } from "./debian.mjs";
import { ensureCloudLibraries, ensureDependencies } from "./npm.mjs";
import { step } from "./steps.mjs";
import { runTask } from "./tasks.mjs";

export const dependencies = () => step("npm dependencies", ensureDependencies);

/** For what type-checks or runs the hosts in clouds. */
export const cloudLibraries = () => step("cloud libraries", ensureCloudLibraries);

/**
 * Names what is missing, or says that it may not be installed, and gives what installs it.
 * @param {"quickstart" | "test"} purpose
 */
export async function packages(purpose) {
  /** @type {import("./debian.mjs").Plan} */
  let plan = { missing: [], older: [] };
  await step("Debian packages", async (reporter) => {
    plan = await planPackages(await runTask("packages", reporter, [purpose]), reporter);
    const count = plan.missing.length + plan.older.length;
    return count === 0 ? "all there" : `${count} to install`;
  });
  const installs = plan.missing.length + plan.older.length > 0;
  return async () => {
    if (installs) await step("installing packages", (reporter) => installPlan(plan, reporter));
  };
}

export const built = () => step("build", ensureBuilt);

export const engine = () =>
  step("Pulumi engine", async (reporter) => {
    const { version, source, binDir } = await runTask("engine", reporter);
    return `${version}, ${source === "path" ? `on PATH in ${binDir}` : source}`;
  });

/** Emulated clouds, for tests alone: where they cannot be had, their tests say so. */
export const emulatedClouds = () =>
  step("emulated clouds", async (reporter) => {
    const { reason } = await runTask("moto", reporter);
    return reason ?? "moto";
  });

/** What machines of emulated clouds boot from. */
export const machineImage = () =>
  step("image of cloud machines", async (reporter) => {
    await runTask("machine-image", reporter);
    return "there";
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

/** docker compose, which the tests compare the loader of stack files with. */
export const oracle = () =>
  step("docker compose oracle", async (reporter) => {
    const { source } = await runTask("oracle", reporter);
    return source;
  });
