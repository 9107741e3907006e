// A thread that loads hostile files by their names: a file that hangs the loader hangs this, which can be ended.
import { parentPort } from "node:worker_threads";
import { hostileFiles } from "./hostile-files.ts";
import { problemsOf } from "./load-problems.ts";
import { load } from "./stack-files.ts";

parentPort?.on("message", (name: string) => parentPort?.postMessage(answer(name)));

function answer(name: string): readonly string[] {
  const file = hostileFiles.find((one) => one.name === name);
  if (file === undefined) return [`no hostile file is called ${name}`];
  try {
    return problemsOf(load(file.text()));
  } catch (error) {
    return [`it throws: ${String(error)}`];
  }
}
