// Child processes of the bootstrap. Each leads its own process group, so that an interrupt reaches it exactly once: through us.

import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { Interrupted, StepFailure } from "./failure.mjs";

/** @type {Set<import("node:child_process").ChildProcess>} */
const running = new Set();
let interrupts = 0;

for (const signal of /** @type {const} */ (["SIGINT", "SIGTERM", "SIGHUP"])) {
  process.on(signal, () => {
    interrupts += 1;
    for (const child of running) signalGroup(child, interrupts > 2 ? "SIGKILL" : "SIGINT");
    if (running.size === 0) process.exit(130);
  });
}

/** Asks everything that runs to end, as an interrupt does: what goes on beside a step that failed would only delay its news. */
export function stopChildren() {
  for (const child of running) signalGroup(child, "SIGINT");
}

/** @param {import("node:child_process").ChildProcess} child @param {NodeJS.Signals} signal */
function signalGroup(child, signal) {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, signal);
  } catch {
    // It has ended.
  }
}

/**
 * Runs a program to its end and gives its exit code.
 * @param {string} program
 * @param {readonly string[]} args
 * @param {{ cwd?: string, env?: NodeJS.ProcessEnv, output?: "inherit" | "lines", onLine?: (line: string) => void }} [options]
 * @returns {Promise<number>}
 */
export function run(program, args, { cwd, env = process.env, output = "lines", onLine = () => {} } = {}) {
  if (interrupts > 0) return Promise.reject(new Interrupted());
  return new Promise((resolve, reject) => {
    const pipe = output === "inherit" ? "inherit" : "pipe";
    const child = spawn(program, args, { cwd, env, stdio: ["ignore", pipe, pipe], detached: true });
    running.add(child);
    for (const stream of [child.stdout, child.stderr]) {
      if (stream !== null) createInterface({ input: stream }).on("line", onLine);
    }
    child.once("error", (error) => {
      running.delete(child);
      reject(error);
    });
    child.once("close", (code) => {
      running.delete(child);
      if (interrupts > 0) reject(new Interrupted());
      else resolve(code ?? 128);
    });
  });
}

/**
 * Like `run`, but a non-zero exit is a failure that shows the last lines.
 * @param {string} program
 * @param {readonly string[]} args
 * @param {{ cwd?: string, env?: NodeJS.ProcessEnv, onLine?: (line: string) => void, hint?: string }} [options]
 */
export async function runChecked(program, args, { onLine = () => {}, hint, ...options } = {}) {
  /** @type {string[]} */
  const tail = [];
  const code = await run(program, args, {
    ...options,
    onLine: (line) => {
      tail.push(line);
      if (tail.length > 15) tail.shift();
      onLine(line);
    },
  });
  if (code === 0) return;
  throw new StepFailure(`${program} ${args.slice(0, 3).join(" ")} ended with exit code ${code}`, {
    details: tail,
    ...(hint === undefined ? {} : { hint }),
  });
}
