// Steps written in TypeScript on the rooms of the product: each a process of its own, run by Node 24.

import { join } from "node:path";
import { run } from "./children.mjs";
import { StepFailure } from "./failure.mjs";
import { node24, node24Environment, root } from "./paths.mjs";

/**
 * Runs `tasks/<name>.ts`, shows its progress and gives what it found.
 * @param {string} name
 * @param {import("./steps.mjs").Step} step
 * @param {readonly string[]} [args]
 * @returns {Promise<any>}
 */
export async function runTask(name, step, args = []) {
  /** @type {any} */
  let result;
  let cannot = false;
  /** @type {string[]} */
  const errors = [];
  const file = join(root, "tools", "bootstrap", "tasks", `${name}.ts`);
  const flags = ["--disable-warning=ExperimentalWarning"];
  const code = await run(node24(), [...flags, file, ...args], {
    cwd: root,
    env: node24Environment(),
    onLine: (line) => {
      const message = parse(line);
      if (message === undefined) errors.push(line);
      else if ("status" in message) step.status(message.status);
      else if ("note" in message) step.note(message.note);
      else if ("error" in message) {
        errors.push(message.error);
        cannot = lacking.has(message.code);
      } else result = message.result;
    },
  });
  if (code !== 0) throw new StepFailure(errors.join("\n") || `${name} ended with exit code ${code}`, { cannot });
  return result;
}

/** Codes of errors that tell of a machine without a program that only its owner can install. */
const lacking = new Set(["engine.no-go", "image.tool-missing", "vm.qemu-missing"]);

/** @param {string} line */
function parse(line) {
  if (!line.startsWith('{"')) return undefined;
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
