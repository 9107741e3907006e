// What is asked of dpkg and apt-get.

import { existsSync } from "node:fs";
import { run, runChecked } from "./children.mjs";

const install = ["install", "--yes", "--no-install-recommends"];
const impatient = ["-o", "Acquire::Retries=0", "-o", "Acquire::http::Timeout=10", "-o", "Acquire::https::Timeout=10"];

/** @param {readonly string[]} names */
export const installCommand = (names) => ["apt-get", ...install, ...names].join(" ");

/**
 * Installs what the machine's own sources have.
 * @param {readonly string[]} names
 * @param {import("./steps.mjs").Step} step
 */
export async function installPackages(names, step) {
  const call = callFor(step);
  // An interrupted dpkg leaves packages unpacked but not configured, and apt-get refuses to go on.
  await run("dpkg", ["--configure", "-a"], call);
  // Package lists may be missing, or older than what the mirror still has.
  if ((await run("apt-get", apt(...install, ...names), call)) === 0) return;
  await updateLists(step);
  await runChecked("apt-get", apt(...install, ...names), call);
}

/**
 * Makes sure that there are package lists that know these: a new machine may have none.
 * @param {readonly string[]} names
 * @param {import("./steps.mjs").Step} step
 */
export async function ensureLists(names, step) {
  for (const name of names) if ((await candidateVersion(name)) === undefined) return updateLists(step);
}

/** @param {import("./steps.mjs").Step} step */
async function updateLists(step) {
  step.status("apt-get update");
  await runChecked("apt-get", apt("update"), { ...callFor(step), hint: "apt-get needs a reachable mirror" });
}

/**
 * Installs from sources that these options add. Gives false where that cannot be: offline it is tried at each run, so it gives up soon.
 * @param {readonly string[]} options
 * @param {readonly string[]} names
 * @param {import("./steps.mjs").Step} step
 */
export async function tryToInstall(options, names, step) {
  const call = callFor(step);
  if ((await run("apt-get", apt(...options, ...impatient, "update"), call)) !== 0) return false;
  return (await run("apt-get", apt(...options, ...install, ...names), call)) === 0;
}

/** The version of a package that is installed; undefined where none is. @param {string} name */
export async function installedVersion(name) {
  if (!existsSync("/usr/bin/dpkg-query")) return undefined;
  const shown = await outputOf("dpkg-query", ["--show", "--showformat=${db:Status-Status} ${Version}\n", name]);
  return /^installed (\S+)$/m.exec(shown)?.[1];
}

/** The version that an installation would take; undefined where the package lists have none. @param {string} name */
export async function candidateVersion(name) {
  const version = /^ +Candidate: (\S+)$/m.exec(await outputOf("apt-cache", ["policy", name]))?.[1];
  return version === "(none)" ? undefined : version;
}

/** @param {string} version As Debian writes it: an epoch does not count. @param {string} oldest */
export async function isOlder(version, oldest) {
  return (await run("dpkg", ["--compare-versions", version.replace(/^\d+:/, ""), "lt", oldest])) === 0;
}

/** @param {string} program @param {readonly string[]} args */
async function outputOf(program, args) {
  let shown = "";
  const code = await run(program, args, { onLine: (line) => (shown += `${line}\n`) });
  return code === 0 ? shown : "";
}

/** @param {readonly string[]} args */
function apt(...args) {
  return ["-o", "DPkg::Lock::Timeout=300", "--quiet", ...args];
}

/** @param {import("./steps.mjs").Step} step */
function callFor(step) {
  return {
    // An apt-get that was cut short leaves packages half-installed.
    whole: true,
    env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" },
    onLine: (/** @type {string} */ line) => step.status(line),
  };
}
