// Child processes of the bootstrap. Each leads its own process group, so that an interrupt reaches it exactly once: through us.

import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { isatty } from "node:tty";
import { Interrupted, StepFailure } from "./failure.mjs";

/** @type {Set<import("node:child_process").ChildProcess>} */
const running = new Set();
/** Of those: what must not be cut short for another's failure. @type {WeakSet<import("node:child_process").ChildProcess>} */
const unbroken = new WeakSet();
let interrupts = 0;

/** As a user's Ctrl-C: what runs is asked to end, at the third it is killed. */
function interrupt() {
  interrupts += 1;
  for (const child of running) signalGroup(child, interrupts > 2 ? "SIGKILL" : "SIGINT");
  if (running.size === 0) process.exit(130);
}

for (const signal of /** @type {const} */ (["SIGINT", "SIGTERM"])) process.on(signal, interrupt);
// `nohup` takes the terminal from all three; that it has SIGHUP ignored besides cannot be seen, for Node undoes it as it starts.
process.on("SIGHUP", [0, 1, 2].some(isatty) ? interrupt : () => {});

// Nobody reads any more what is told: the terminal or the reader of the pipe is gone.
process.stdout.on("error", (/** @type {NodeJS.ErrnoException} */ error) => {
  if (!["EPIPE", "EIO", "ENXIO"].includes(error.code ?? "")) throw error;
  if (interrupts === 0) interrupt();
});

let stopped = false;

/**
 * For the rest of this process nothing new starts, and what runs ends as on an interrupt, but for what names itself `unbroken`:
 * what goes on beside a step that failed would only delay its news.
 */
export function stopChildren() {
  stopped = true;
  for (const child of running) if (!unbroken.has(child)) signalGroup(child, "SIGINT");
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
 * `whole`: only a user's interrupt cuts it short. `deadlineMs`: `onDeadline` is told then, it is killed, and its exit code is 128.
 * @typedef {{ cwd?: string, env?: NodeJS.ProcessEnv, output?: "inherit" | "lines", onLine?: (line: string, stream: "stdout" | "stderr") => void, whole?: boolean, deadlineMs?: number, onDeadline?: () => void }} RunOptions
 */

/**
 * Runs a program to its end and gives its exit code.
 * @param {string} program
 * @param {readonly string[]} args
 * @param {RunOptions} [options]
 * @returns {Promise<number>}
 */
export function run(
  program,
  args,
  {
    cwd,
    env = process.env,
    output = "lines",
    onLine = () => {},
    whole = false,
    deadlineMs,
    onDeadline = () => {},
  } = {},
) {
  if (interrupts > 0 || stopped) return Promise.reject(new Interrupted());
  return new Promise((resolve, reject) => {
    const pipe = output === "inherit" ? "inherit" : "pipe";
    const child = spawn(program, args, { cwd, env, stdio: ["ignore", pipe, pipe], detached: true });
    running.add(child);
    if (whole) unbroken.add(child);
    for (const name of /** @type {const} */ (["stdout", "stderr"])) {
      const input = child[name];
      if (input !== null) createInterface({ input }).on("line", (line) => onLine(line, name));
    }
    const timer =
      deadlineMs &&
      setTimeout(() => {
        onDeadline();
        signalGroup(child, "SIGKILL");
      }, deadlineMs);
    child.once("error", (error) => {
      clearTimeout(timer);
      running.delete(child);
      reject(error);
    });
    child.once("close", (code) => {
      clearTimeout(timer);
      running.delete(child);
      if (interrupts > 0 || (stopped && !whole)) reject(new Interrupted());
      else resolve(code ?? 128);
    });
  });
}

/**
 * Like `run`, but a non-zero exit is a failure that shows the last lines.
 * @param {string} program
 * @param {readonly string[]} args
 * @param {Omit<RunOptions, "output"> & { hint?: string }} [options]
 */
export async function runChecked(program, args, { onLine = () => {}, hint, ...options } = {}) {
  /** @type {string[]} */
  const tail = [];
  const code = await run(program, args, {
    ...options,
    onLine: (line, stream) => {
      tail.push(line);
      if (tail.length > 15) tail.shift();
      onLine(line, stream);
    },
  });
  if (code === 0) return;
  throw new StepFailure(`${program} ${args.slice(0, 3).join(" ")} ended with exit code ${code}`, {
    details: tail,
    ...(hint === undefined ? {} : { hint }),
  });
}
