// A thread that loads hostile files by their names: a file that hangs the loader hangs this, which can be ended.
import process from "node:process";
import { parentPort } from "node:worker_threads";
import { hostileFiles } from "./hostile-files.ts";
import { problemsOf } from "./load-problems.ts";
import { load } from "./stack-files.ts";

/** Of a processor's time, which is the same on a busy machine, but for what its caches and clocks make of it. One second is what a file may take. */
const mostMs = 2_000;

parentPort?.on("message", (name: string) => parentPort?.postMessage(answer(name)));

function answer(name: string): readonly string[] {
  const file = hostileFiles.find((one) => one.name === name);
  if (file === undefined) return [`no hostile file is called ${name}`];
  const text = file.text();
  const before = process.threadCpuUsage();
  try {
    const result = load(text);
    const { user, system } = process.threadCpuUsage(before);
    const ms = Math.round((user + system) / 1_000);
    return [...problemsOf(result), ...(ms > mostMs ? [`it takes ${ms} ms of a processor`] : [])];
  } catch (error) {
    return [`it throws: ${String(error)}`];
  }
}
