// `npm run check`: types, lint, format, import rules and dead code, two at a time; what fails is shown in full.

import { availableParallelism } from "node:os";
import { join } from "node:path";
import { run } from "./bootstrap/children.mjs";
import { StepFailure } from "./bootstrap/failure.mjs";
import { node24Environment, root } from "./bootstrap/paths.mjs";
import { cloudLibraries, dependencies } from "./bootstrap/setup.mjs";
import { main, print, step } from "./bootstrap/steps.mjs";

/** Longest first, so that the last ones are short. */
const checks = [
  { title: "lint", command: ["eslint", "--max-warnings", "0", "."] },
  { title: "types", command: ["tsc", "-p", "."] },
  { title: "import rules", command: ["depcruise", "modules", "host-agent", "stacks", "index.ts"] },
  { title: "dead code", command: ["knip", "--no-progress"] },
  { title: "format", command: ["prettier", "--check", "--log-level", "warn", "."] },
];

await main(async () => {
  await dependencies();
  await cloudLibraries();
  const waiting = [...checks];
  /** @type {string[]} */
  const failed = [];
  const worker = async () => {
    for (let check = waiting.shift(); check !== undefined; check = waiting.shift()) {
      if (!(await passes(check))) failed.push(check.title);
    }
  };
  await Promise.all(Array.from({ length: Math.max(2, availableParallelism()) }, worker));
  print(failed.length === 0 ? "\nall checks passed" : `\nfailed: ${failed.join(", ")}`);
  return failed.length === 0 ? 0 : 1;
});

/** @param {(typeof checks)[number]} check */
async function passes({ title, command: [program = "", ...args] }) {
  /** @type {string[]} */
  const lines = [];
  const env = { ...node24Environment(), FORCE_COLOR: process.stdout.isTTY ? "1" : "0" };
  try {
    await step(title, async () => {
      const onLine = (/** @type {string} */ line) => lines.push(line);
      const code = await run(join(root, "node_modules", ".bin", program), args, { cwd: root, env, onLine });
      if (code !== 0) throw new StepFailure(title);
      return "passed";
    });
    return true;
  } catch (error) {
    if (!(error instanceof StepFailure)) throw error;
    for (const line of lines) print(`    ${line}`);
    return false;
  }
}
