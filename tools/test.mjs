// `npm test [-- <jest arguments>]`: sets up what the tests need where it can, runs them group by group and gives one result.
// The last line is `N passed, M failed`, with `, K skipped` where some could not run.

import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { run } from "./bootstrap/children.mjs";
import { prefetchGoModules } from "./bootstrap/go-modules.mjs";
import { Interrupted, StepFailure, textOf } from "./bootstrap/failure.mjs";
import { exitCodeOf, lastLine, none, withRun } from "./bootstrap/jest-report.mjs";
import { node24, node24Environment, root } from "./bootstrap/paths.mjs";
import { journalVariable, runningFiles } from "./bootstrap/running-files.mjs";
import {
  baseImage,
  built,
  cloudLibraries,
  dependencies,
  emulatedClouds,
  engine,
  machineImage,
  oracle,
  packages,
  vmImage,
} from "./bootstrap/setup.mjs";
import { main, print } from "./bootstrap/steps.mjs";

/** Groups run one after the other. */
const groups = [
  { name: "unit", workers: 2, timeoutMs: 20_000 },
  { name: "engine", workers: 2, timeoutMs: 120_000 },
  { name: "contract", workers: 2, timeoutMs: 120_000 },
  { name: "vm", workers: 2, timeoutMs: 600_000 },
  // Machines that boot for the first time, as those of clouds do, and are bootstrapped: nothing of them can be a clone.
  { name: "hosts", workers: 2, timeoutMs: 600_000 },
];

/** A test that leaves something open would keep jest from ending, for ever. The longest group takes a third of it. */
const groupDeadlineMs = 35 * 60_000;

const jestArguments = process.argv.slice(2);
const chosen = groups.filter(({ name }) => isChosen(name));
/** What could not be set up, and why: tests that need it say that they did not run. @type {string[]} */
const notes = [];
let counts = none;

await main(async () => {
  const ahead = chosen.some(({ name }) => name !== "unit") ? prefetchGoModules() : undefined;
  await dependencies();
  await cloudLibraries();
  await setUp();
  await ahead;
  const reports = mkdtempSync(join(tmpdir(), "stackhouse-test-"));
  try {
    for (const group of chosen) await runGroup(group, join(reports, `${group.name}.json`));
  } finally {
    rmSync(reports, { recursive: true, force: true });
  }
  print("");
  for (const note of new Set(notes)) print(note);
  const exitCode = exitCodeOf(counts);
  if (exitCode !== 0 && counts.failed === 0) print(`no test matches: ${jestArguments.join(" ")}`);
  print(lastLine(counts));
  return exitCode;
});

/** Paths among the arguments choose groups; without any, all run. @param {string} name */
function isChosen(name) {
  const paths = jestArguments.filter((argument) => /(^|\/)test\/\w/.test(argument));
  return paths.length === 0 || paths.some((path) => path.includes(`test/${name}`));
}

/** The tests of stack files and those of what Docker Engine is asked for ask docker compose. */
function asksOracle() {
  const paths = jestArguments.filter((argument) => /(^|\/)test\/\w/.test(argument));
  const asking = /stackfile|runtime-docker|test\/(?:unit|contract)\/?$/;
  return paths.length === 0 || paths.some((path) => asking.test(path));
}

/** What can not be set up does not stop the others. */
async function setUp() {
  if (asksOracle()) await unlessItFails("docker compose", oracle);
  if (chosen.every(({ name }) => name === "unit")) return;
  await unlessItFails("Debian packages", async () => (await packages("test"))());
  await unlessItFails("dist", built);
  const heavy = [unlessItFails("the Pulumi engine", engine)];
  const runs = (/** @type {string[]} */ ...names) => chosen.some(({ name }) => names.includes(name));
  if (runs("engine", "hosts")) heavy.push(unlessItFails("emulated clouds", emulatedClouds));
  // One after the other: each of them takes all processors.
  const images = async () => {
    if (runs("vm")) await unlessItFails("the VM images", () => baseImage().then(vmImage));
    else if (runs("contract")) await unlessItFails("the VM base image", baseImage);
    if (runs("hosts")) await unlessItFails("the image of cloud machines", machineImage);
  };
  heavy.push(images());
  await Promise.all(heavy);
}

/** @param {string} what @param {() => Promise<unknown>} work */
async function unlessItFails(what, work) {
  try {
    await work();
  } catch (error) {
    if (error instanceof Interrupted) throw error;
    print(textOf(error));
    notes.push(`not set up: ${what}: ${textOf(error).split("\n")[0]}`);
    // What the machine could have, and has not got, is a failure of the tests that need it.
    if (!(error instanceof StepFailure && error.cannot)) counts = { ...counts, failed: counts.failed + 1 };
  }
}

/** @param {(typeof groups)[number]} group @param {string} report */
async function runGroup({ name, workers, timeoutMs }, report) {
  print(`\n${name} tests`);
  const journal = `${report}.running`;
  let ended = "";
  const exitCode = await run(
    node24(),
    [
      "--experimental-vm-modules",
      "--disable-warning=ExperimentalWarning",
      join("node_modules", "jest", "bin", "jest.js"),
      `--testMatch=<rootDir>/test/${name}/**/*.test.ts`,
      `--testTimeout=${timeoutMs}`,
      workers === 1 ? "--runInBand" : `--maxWorkers=${workers}`,
      "--passWithNoTests",
      "--reporters=default",
      "--reporters=<rootDir>/tools/bootstrap/running-files.mjs",
      "--json",
      `--outputFile=${report}`,
      ...jestArguments,
    ],
    {
      cwd: root,
      env: { ...node24Environment(), FORCE_COLOR: process.stdout.isTTY ? "1" : "0", [journalVariable]: journal },
      onLine: show,
      deadlineMs: groupDeadlineMs,
      onDeadline: () => {
        ended = endedAtDeadline(runningFiles(journal));
      },
    },
  );
  const written = existsSync(report) ? JSON.parse(readFileSync(report, "utf8")) : undefined;
  if (written === undefined)
    notes.push(`not run: ${name}: ${ended || `jest ended with exit code ${exitCode} and no report`}`);
  counts = withRun(counts, { report: written, exitCode });
}

/** @param {readonly string[]} running */
function endedAtDeadline(running) {
  const files = running.length === 0 ? "no test file was running" : `still running: ${running.join(", ")}`;
  return `the limit of ${groupDeadlineMs / 60_000} min for a group ended it; ${files}`;
}

/** @param {string} line */
function show(line) {
  if (line.startsWith("Test results written to:") || line.startsWith('{"numFailedTestSuites"')) return;
  const told = /(?:not run|conformance): .*$/.exec(line);
  if (told !== null) notes.push(told[0]);
  print(line);
}
