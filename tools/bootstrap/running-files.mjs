// Which test files run, for whoever has to end jest: the reporter writes down what begins and ends, to a file that outlives it.

import { appendFileSync, existsSync, readFileSync } from "node:fs";
import { relative } from "node:path";
import { root } from "./paths.mjs";

/** Says where the file is: jest gives a reporter of its command line no options. */
export const journalVariable = "STACKHOUSE_TEST_JOURNAL";

/** A reporter of jest. */
export default class RunningFiles {
  #journal = process.env[journalVariable] ?? "/dev/null";

  /** @param {{ readonly path: string }} file */
  onTestFileStart({ path }) {
    appendFileSync(this.#journal, `+${path}\n`);
  }

  /** @param {{ readonly path: string }} file */
  onTestFileResult({ path }) {
    appendFileSync(this.#journal, `-${path}\n`);
  }
}

/** The test files that have begun and not ended, below the checkout. @param {string} journal */
export function runningFiles(journal) {
  const running = new Set();
  for (const line of existsSync(journal) ? readFileSync(journal, "utf8").split("\n") : []) {
    const path = relative(root, line.slice(1));
    if (line.startsWith("+")) running.add(path);
    else running.delete(path);
  }
  return [...running];
}
