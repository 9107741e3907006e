// Debian packages: named, then installed where that may be done, else listed with the command that installs them.

import { accessSync, constants, existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { withBackports } from "./backports.mjs";
import { run, runChecked } from "./children.mjs";
import { StepFailure } from "./failure.mjs";

/** See tasks/packages.ts. @typedef {{ name: string, why: string, program?: string, oldest?: string }} Package */

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
  if (missing.length === 0) return renewed(await olderPackages(packages), step, machine);
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
  await renewed(await olderPackages(packages), step, machine);
  return `installed ${names.join(", ")}`;
}

/**
 * Takes packages that are too old for their best from the release's backports. Nothing fails without.
 *
 * @param {readonly Package[]} older
 * @param {import("./steps.mjs").Step} step
 * @param {Machine} machine
 */
async function renewed(older, step, { hasApt, isRoot }) {
  if (older.length === 0) return "all there";
  const names = older.map(({ name }) => name);
  const wish = older
    .map(({ name, oldest, why }) => `${name} ${oldest} or newer (it ${why}; the older one is slow)`)
    .join(", ");
  const installed = hasApt && isRoot && (await withBackports((options) => installFrom(options, names, wish, step)));
  if (installed && (await olderPackages(older)).length === 0) return `${names.join(", ")} from the backports`;
  step.note(`better with ${wish}`);
  return "all there";
}

/**
 * @param {readonly string[]} options
 * @param {readonly string[]} names
 * @param {string} wish
 * @param {import("./steps.mjs").Step} step
 */
async function installFrom(options, names, wish, step) {
  step.note(`installing from Debian's backports: ${wish}`);
  const call = { env: aptEnvironment(), onLine: (/** @type {string} */ line) => step.status(line) };
  if ((await run("apt-get", apt(...options, "update"), call)) !== 0) return false;
  return (await run("apt-get", apt(...options, ...installing, ...names), call)) === 0;
}

const installing = ["install", "--yes", "--no-install-recommends"];

/** @param {readonly string[]} args */
function apt(...args) {
  return ["-o", "DPkg::Lock::Timeout=300", "--quiet", ...args];
}

function aptEnvironment() {
  return { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
}

/** @param {readonly string[]} names @param {import("./steps.mjs").Step} step */
async function install(names, step) {
  const env = aptEnvironment();
  const onLine = (/** @type {string} */ line) => step.status(line);
  const arguments_ = [...installing, ...names];
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

/** Those of Debian's that are older than asked for; a program from elsewhere is its owner's business. @param {readonly Package[]} packages */
async function olderPackages(packages) {
  /** @type {Package[]} */
  const older = [];
  for (const wanted of packages) {
    if (wanted.oldest !== undefined && (await isOlder(wanted.name, wanted.oldest))) older.push(wanted);
  }
  return older;
}

/** @param {string} name @param {string} oldest Without Debian's epoch. */
async function isOlder(name, oldest) {
  if (!existsSync("/usr/bin/dpkg-query")) return false;
  let version = "";
  const code = await run("dpkg-query", ["--show", "--showformat=${db:Status-Status} ${Version}", name], {
    onLine: (line) => (version = /^installed (?:\d+:)?(\S+)$/.exec(line)?.[1] ?? ""),
  });
  if (code !== 0 || version === "") return false;
  return (await run("dpkg", ["--compare-versions", version, "lt", oldest])) === 0;
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
