// `npm run quickstart`: from a bare machine to a served request. Every step is skipped when it is done, and can be interrupted.
// `npm run quickstart -- --down` takes all of it away but the caches.

import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { run, runChecked, stopChildren } from "./bootstrap/children.mjs";
import { StepFailure } from "./bootstrap/failure.mjs";
import { prefetchGoModules } from "./bootstrap/go-modules.mjs";
import { node24Environment, root } from "./bootstrap/paths.mjs";
import { baseImage, built, dependencies, engine, packages, vmImage } from "./bootstrap/setup.mjs";
import { elapsed, main, print, step } from "./bootstrap/steps.mjs";
import { runTask } from "./bootstrap/tasks.mjs";

const stackhouse = join(root, "bin", "stackhouse");
const started = Date.now();

await main(() => {
  const [option, ...more] = process.argv.slice(2);
  if (option === undefined) return up();
  if (option === "--down" && more.length === 0) return down();
  throw new StepFailure(`npm run quickstart does not know ${process.argv.slice(2).join(" ")}`, {
    hint: "without an option it brings the app up; npm run quickstart -- --down takes all away",
  });
});

async function up() {
  const ahead = prefetchGoModules();
  await dependencies();
  await prepared(await packages("quickstart"));
  await ahead;
  print("\n  stackhouse up\n");
  const code = await run(stackhouse, ["up", "--yes"], { cwd: root, env: node24Environment(), output: "inherit" });
  if (code !== 0) throw new StepFailure(`stackhouse up ended with exit code ${code}`);
  const url = await webUrl();
  print("");
  await step("GET the app", (reporter) => answers(url, reporter));
  print(`
  The app is up at ${url}, ${elapsed(Date.now() - started)} after the start.

  To try next:
    curl -X POST ${url}/api/visits    counts a visit; the browser's page does it too
    npx stackhouse status                              what runs, and where
    npx stackhouse logs -f api                         follow a log

  npm run quickstart -- --down takes all of it away.`);
}

/**
 * Compiling the engine and making images take turns in waiting for the network and for the processor.
 * @param {() => Promise<void>} installPackages
 */
async function prepared(installPackages) {
  const makeImages = async () => {
    await installPackages();
    await built();
    await baseImage();
    await vmImage();
  };
  /** @type {unknown[]} */
  const failures = [];
  const stopOther = (/** @type {unknown} */ failure) => {
    failures.push(failure);
    stopChildren();
  };
  await Promise.all([engine().catch(stopOther), makeImages().catch(stopOther)]);
  if (failures.length > 0) throw failures[0];
}

async function down() {
  await dependencies();
  await built();
  await step("destroy", async (reporter) => {
    const options = { cwd: root, env: node24Environment(), onLine: reporter.status };
    await runChecked(stackhouse, ["destroy", "--yes"], options);
    return "gone";
  });
  await step("check what is left", async (reporter) => {
    const { kept } = await runTask("down", reporter);
    return kept.length === 0 ? "nothing but caches" : `kept, because it is in use: ${kept.join(", ")}`;
  });
}

async function webUrl() {
  let text = "";
  const onLine = (/** @type {string} */ line, /** @type {"stdout" | "stderr"} */ stream) => {
    if (stream === "stdout") text += line;
  };
  const code = await run(stackhouse, ["status", "--json"], { cwd: root, env: node24Environment(), onLine });
  const url = code === 0 ? JSON.parse(text).apps?.[0]?.services?.web?.url : undefined;
  if (!url) throw new StepFailure("stackhouse status names no URL of the service web", { details: [text] });
  return url;
}

/** @param {string} url @param {import("./bootstrap/steps.mjs").Step} reporter */
async function answers(url, reporter) {
  const deadline = Date.now() + 30_000;
  for (;;) {
    const outcome = await fetch(url, { signal: AbortSignal.timeout(10_000) }).catch((error) => error);
    if (outcome instanceof Response && outcome.ok) return `HTTP ${outcome.status}`;
    const reason = outcome instanceof Response ? `HTTP ${outcome.status}` : String(outcome.cause ?? outcome);
    if (Date.now() > deadline) throw new StepFailure(`${url} did not answer within 30 s: ${reason}`);
    reporter.status(reason);
    await sleep(500);
  }
}
