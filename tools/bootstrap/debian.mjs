// Debian packages: named, then installed where that may be done, else listed with the command that installs them.

import { accessSync, constants, existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { run, runChecked } from "./children.mjs";
import { StepFailure } from "./failure.mjs";

/** See tasks/packages.ts. @typedef {{ name: string, why: string, program?: string }} Package */

/** @typedef {{ hasApt: boolean, isRoot: boolean }} Machine */
/** @type {Machine} */
const thisMachine = { hasApt: existsSync("/usr/bin/apt-get"), isRoot: process.getuid?.() === 0 };

/**
 * @param {readonly Package[]} packages
 * @param {import("./steps.mjs").Step} step
 * @param {Machine} [machine]
 */
export async function ensurePackages(packages, step, machine = thisMachine) {
  const missing = await missingPackages(packages);
  if (missing.length === 0) return "all there";
  const names = missing.map(({ name }) => name);
  const command = `apt-get install --yes --no-install-recommends ${names.join(" ")}`;
  const details = missing.map(({ name, why }) => `${name.padEnd(20)} ${why}`);
  if (!machine.hasApt) {
    throw new StepFailure("these programs are missing, and this is not Debian:", {
      details,
      hint: "install them with your system's package manager (names are Debian's), then run this again",
    });
  }
  if (!machine.isRoot) {
    throw new StepFailure("these Debian packages are missing, and only root may install them:", {
      details,
      hint: `run \`sudo ${command}\`, then run this again`,
    });
  }
  step.note("installing Debian packages:");
  for (const line of details) step.note(`  ${line}`);
  await install(names, step);
  const left = await missingPackages(packages);
  if (left.length > 0) {
    throw new StepFailure(`apt-get ended well, yet ${left.map(({ name }) => name).join(", ")} is not there`);
  }
  return `installed ${names.join(", ")}`;
}

/** @param {readonly string[]} names @param {import("./steps.mjs").Step} step */
async function install(names, step) {
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  const onLine = (/** @type {string} */ line) => step.status(line);
  const apt = (/** @type {string[]} */ ...args) => ["-o", "DPkg::Lock::Timeout=300", "--quiet", ...args];
  const arguments_ = ["install", "--yes", "--no-install-recommends", ...names];
  // An interrupted dpkg leaves packages unpacked but not configured, and apt-get refuses to go on.
  await run("dpkg", ["--configure", "-a"], { env, onLine });
  // Package lists may be missing, or older than what the mirror still has.
  if ((await run("apt-get", apt(...arguments_), { env, onLine })) === 0) return;
  step.status("apt-get update");
  await runChecked("apt-get", apt("update"), { env, onLine, hint: "apt-get needs a reachable mirror" });
  await runChecked("apt-get", apt(...arguments_), { env, onLine });
}

/** @param {readonly Package[]} packages */
async function missingPackages(packages) {
  /** @type {Package[]} */
  const missing = [];
  for (const wanted of packages) {
    if (wanted.program !== undefined ? !onPath(wanted.program) : !(await isInstalled(wanted.name)))
      missing.push(wanted);
  }
  return missing;
}

/** Other programs than root's own may lie in `sbin`, which is not on everybody's PATH. @param {string} program */
function onPath(program) {
  const folders = [...(process.env.PATH ?? "").split(delimiter), "/usr/sbin", "/sbin"];
  return folders.some((folder) => {
    try {
      accessSync(join(folder, program), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

/** @param {string} name */
async function isInstalled(name) {
  if (!existsSync("/usr/bin/dpkg-query")) return false;
  let status = "";
  const code = await run("dpkg-query", ["--show", "--showformat=${db:Status-Status}", name], {
    onLine: (line) => (status = line),
  });
  return code === 0 && status === "installed";
}
