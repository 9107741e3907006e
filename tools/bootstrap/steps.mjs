// Steps with elapsed time: live lines on a terminal, plain lines in a log file.

import { Interrupted, textOf } from "./failure.mjs";

const out = process.stdout;
const live = out.isTTY === true && process.env.TERM !== "dumb";
const logEveryMs = 15_000;

/** @typedef {{ title: string, started: number, text: string, loggedAt: number }} Active */
/** @type {Active[]} */
const active = [];
let drawn = 0;
/** @type {NodeJS.Timeout | undefined} */
let ticking;

/** @param {number} ms */
export const elapsed = (ms) => {
  const seconds = ms / 1000;
  if (seconds < 60) return `${seconds.toFixed(1)} s`;
  return `${Math.floor(seconds / 60)} min ${String(Math.floor(seconds % 60)).padStart(2, "0")} s`;
};

/** @typedef {{ status(text: string): void, note(text: string): void }} Step */

/**
 * Runs a step. What it returns is shown beside its time: `up to date`.
 * @param {string} title
 * @param {(step: Step) => Promise<string>} work
 */
export async function step(title, work) {
  const row = { title, started: Date.now(), text: "", loggedAt: Date.now() };
  active.push(row);
  if (!live) out.write(`… ${title}\n`);
  ticking ??= live ? setInterval(draw, 200) : setInterval(log, 1_000);
  /** @type {Step} */
  const reporter = {
    status: (text) => {
      row.text = text;
    },
    note: (text) => print(`  ${text}`),
  };
  try {
    const result = await work(reporter);
    finish(row, "✓", result);
  } catch (error) {
    const interrupted = error instanceof Interrupted;
    finish(row, interrupted ? "■" : "✗", interrupted ? "interrupted" : "failed");
    throw error;
  }
}

/** @param {Active} row @param {string} mark @param {string} result */
function finish(row, mark, result) {
  active.splice(active.indexOf(row), 1);
  if (active.length === 0 && ticking !== undefined) {
    clearInterval(ticking);
    ticking = undefined;
  }
  print(`${mark} ${row.title.padEnd(24)} ${elapsed(Date.now() - row.started).padStart(12)}  ${result}`);
}

/** @param {string} line */
export function print(line) {
  erase();
  out.write(`${line}\n`);
  if (live) draw();
}

function erase() {
  if (drawn > 0) out.write(`\x1b[${drawn}A\x1b[J`);
  drawn = 0;
}

/** A log file is told now and then what is still at work, also when that says nothing itself. */
function log() {
  for (const row of active.filter(({ loggedAt }) => Date.now() - loggedAt >= logEveryMs)) {
    row.loggedAt = Date.now();
    out.write(`… ${row.title} (${elapsed(Date.now() - row.started)})${row.text === "" ? "" : `: ${row.text}`}\n`);
  }
}

function draw() {
  erase();
  for (const row of active) {
    const line = `… ${row.title.padEnd(24)} ${elapsed(Date.now() - row.started).padStart(12)}  ${row.text}`;
    out.write(`${line.slice(0, Math.max(20, (out.columns ?? 80) - 1))}\n`);
  }
  drawn = active.length;
}

/**
 * Runs the main job of a script and sets the exit code; failures are told in words.
 * @param {() => Promise<number | void>} job
 */
export async function main(job) {
  try {
    process.exitCode = (await job()) ?? 0;
  } catch (error) {
    if (error instanceof Interrupted) {
      print("\nInterrupted. Run the same command again to go on from here.");
      process.exitCode = 130;
    } else {
      print(`\n${textOf(error)}`);
      process.exitCode = 1;
    }
  }
}
