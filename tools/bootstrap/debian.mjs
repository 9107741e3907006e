// Debian packages: named, then installed where that may be done, else listed with the command that installs them.

import { accessSync, constants, existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import {
  candidateVersion,
  ensureLists,
  installCommand,
  installedVersion,
  installPackages,
  isOlder,
  tryToInstall,
} from "./apt.mjs";
import { withBackports } from "./backports.mjs";
import { StepFailure } from "./failure.mjs";

/** See tasks/packages.ts. @typedef {{ name: string, why: string, program?: string, oldest?: string }} Package */
/** What to install, and what is there in a version older than its best. @typedef {{ missing: readonly Package[], older: readonly Package[] }} Plan */

/** @typedef {{ hasApt: boolean, isRoot: boolean }} Machine */
/** @type {Machine} */
const thisMachine = { hasApt: existsSync("/usr/bin/apt-get"), isRoot: process.getuid?.() === 0 };

/**
 * Says what is missing. Fails where something is and may not be installed by us.
 *
 * @param {readonly Package[]} wanted
 * @param {import("./steps.mjs").Step} step
 * @param {Machine} [machine]
 * @returns {Promise<Plan>}
 */
export async function planPackages(wanted, step, machine = thisMachine) {
  const missing = await missingPackages(wanted);
  const details = missing.map(({ name, why }) => `${name.padEnd(20)} ${why}`);
  if (missing.length > 0 && !machine.hasApt) {
    throw new StepFailure("these programs are missing, and this is not Debian:", {
      cannot: true,
      details,
      hint: "install them with your system's package manager (names are Debian's), then run this again",
    });
  }
  if (missing.length > 0 && !machine.isRoot) {
    throw new StepFailure("these Debian packages are missing, and only root may install them:", {
      cannot: true,
      details,
      hint: `run \`sudo ${installCommand(namesOf(missing))}\`, then run this again`,
    });
  }
  if (missing.length > 0) step.note("Debian packages to install:");
  for (const line of details) step.note(`  ${line}`);
  /** @type {Package[]} */
  const older = [];
  for (const one of wanted) if (!missing.includes(one) && (await isOld(one, installedVersion))) older.push(one);
  if (older.length === 0 || (machine.hasApt && machine.isRoot)) return { missing, older };
  step.note(`better with ${wish(older)}`);
  return { missing, older: [] };
}

/**
 * Installs what a plan names. What Debian's release has in a version that is too old for its best comes from the backports;
 * nothing fails without them.
 *
 * @param {Plan} plan
 * @param {import("./steps.mjs").Step} step
 */
export async function installPlan({ missing, older }, step) {
  /** @type {Package[]} */
  const ordinary = [];
  const renewed = [...older];
  if (missing.some(({ oldest }) => oldest !== undefined)) await ensureLists(namesOf(missing), step);
  for (const one of missing) ((await isOld(one, candidateVersion)) ? renewed : ordinary).push(one);
  if (ordinary.length > 0) await installPackages(namesOf(ordinary), step);
  if (renewed.length > 0) await installNewer(renewed, step);
  const left = await missingPackages(missing);
  if (left.length > 0) throw new StepFailure(`apt-get ended well, yet ${namesOf(left).join(", ")} is not there`);
  return `installed ${namesOf([...missing, ...older]).join(", ")}`;
}

/** @param {readonly Package[]} packages @param {import("./steps.mjs").Step} step */
async function installNewer(packages, step) {
  step.note(`from Debian's backports: ${wish(packages)}`);
  if (await withBackports((options) => tryToInstall(options, namesOf(packages), step))) return;
  step.note("they cannot be reached: the release's own version will do");
  await installPackages(namesOf(packages), step);
}

/** @param {readonly Package[]} packages */
function wish(packages) {
  return packages
    .map(({ name, oldest, why }) => `${name} ${oldest} or newer (it ${why}; the older one is slow)`)
    .join(", ");
}

/** @param {readonly Package[]} packages */
function namesOf(packages) {
  return packages.map(({ name }) => name);
}

/**
 * A program from elsewhere is its owner's business: it has no version here, and is not old.
 * @param {Package} wanted
 * @param {(name: string) => Promise<string | undefined>} versionOf
 */
async function isOld({ name, oldest }, versionOf) {
  if (oldest === undefined) return false;
  const version = await versionOf(name);
  return version !== undefined && isOlder(version, oldest);
}

/** @param {readonly Package[]} packages */
async function missingPackages(packages) {
  /** @type {Package[]} */
  const missing = [];
  for (const wanted of packages) {
    const isThere =
      wanted.program === undefined ? (await installedVersion(wanted.name)) !== undefined : onPath(wanted.program);
    if (!isThere) missing.push(wanted);
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
