// npm dependencies: installed when they differ from the lock file. The clouds' libraries are a workspace of their own, tools/clouds, for
// they are eleven thousand files: only what needs them installs them.

import { existsSync, readdirSync, readFileSync, readlinkSync } from "node:fs";
import { basename, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { run } from "./children.mjs";
import { StepFailure } from "./failure.mjs";
import { firstDifference, withoutWorkspaces } from "./lock-file.mjs";
import { root } from "./paths.mjs";

/** @param {import("./steps.mjs").Step} step */
export async function ensureDependencies(step) {
  await otherInstallEnds(step);
  const reason = whyInstall(withoutWorkspaces);
  if (reason === undefined) return "up to date";
  step.status(`${reason}; npm ci`);
  await npm(["ci", "--workspaces=false"], step);
  const left = whyInstall(withoutWorkspaces);
  if (left !== undefined) throw new StepFailure(`npm ci ended well, yet ${left}`);
  return "installed";
}

/** Adds the clouds' libraries to what is installed. @param {import("./steps.mjs").Step} step */
export async function ensureCloudLibraries(step) {
  const reason = whyInstall();
  if (reason === undefined) return "up to date";
  step.status(`${reason}; npm install`);
  await npm(["install", "--no-save"], step);
  const left = whyInstall();
  if (left !== undefined) throw new StepFailure(`npm install ended well, yet ${left}`);
  return "installed";
}

export function hasCloudLibraries() {
  return ["aws", "digitalocean"].every((name) => existsSync(join(root, "node_modules", "@pulumi", name)));
}

/** @param {readonly string[]} command @param {import("./steps.mjs").Step} step */
async function npm(command, step) {
  /** @type {string[]} */
  const errors = [];
  // No package of ours needs its install script: they look for compilers, half a minute long, to build what is optional.
  const code = await run("npm", [...command, "--ignore-scripts", "--no-audit", "--no-fund", "--no-update-notifier"], {
    cwd: root,
    onLine: (line) => {
      if (line.startsWith("npm error ")) errors.push(line);
      // What it warns of is for who changes the dependencies.
      else if (!line.startsWith("npm warn ")) step.status(line);
    },
  });
  if (code !== 0) {
    throw new StepFailure(`npm ${command[0]} ended with exit code ${code}`, {
      details: errors.slice(0, 12),
      hint: "npm needs its registry and a free disk; then run this again",
    });
  }
}

/**
 * npm writes down what it installed when it is done: an interrupted install has no such record.
 * @param {typeof withoutWorkspaces} partOf What of the lock file is wanted. Default: all.
 */
function whyInstall(partOf = (lock) => lock) {
  const record = join(root, "node_modules", ".package-lock.json");
  if (!existsSync(record)) return "node_modules is missing";
  return firstDifference(partOf(readJson(join(root, "package-lock.json"))), readJson(record));
}

/** @param {string} path */
const readJson = (path) => JSON.parse(readFileSync(path, "utf8"));

/** A killed bootstrap may have left its npm behind, which goes on; two at once would spoil node_modules. */
async function otherInstallEnds(/** @type {import("./steps.mjs").Step} */ step) {
  const deadline = Date.now() + 5 * 60_000;
  for (let pid = installing(); pid !== undefined; pid = installing()) {
    if (Date.now() > deadline) throw new StepFailure(`npm of an earlier run (process ${pid}) does not end`);
    step.status(`waiting for npm of an earlier run, process ${pid}`);
    await sleep(500);
  }
}

function installing() {
  if (!existsSync("/proc/self/cwd")) return undefined;
  return readdirSync("/proc").find((name) => {
    if (!/^\d+$/.test(name)) return false;
    try {
      return readlinkSync(`/proc/${name}/cwd`) === root && isInstall(readFileSync(`/proc/${name}/cmdline`, "utf8"));
    } catch {
      return false; // It ended, or it is not ours to see.
    }
  });
}

/**
 * Whether a process is npm at its installing, by its command line as Linux has it: npm begins as a script of Node, and then writes its
 * own title over that. A shell that will come to `npm ci` is none: it may be the one that waits for us.
 * @param {string} commandLine
 */
export function isInstall(commandLine) {
  const words = commandLine.split(/[\0 ]+/);
  const begun = basename(words[0] ?? "") === "node" ? words.slice(1) : words;
  return ["npm", "npm-cli.js"].includes(basename(begun[0] ?? "")) && ["ci", "install"].includes(begun[1] ?? "");
}
