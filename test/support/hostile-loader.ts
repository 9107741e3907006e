// A thread that loads hostile files by their names: a file that hangs the loader hangs this, which can be ended.
import process from "node:process";
import { parentPort } from "node:worker_threads";
import { printModel } from "../../modules/stackfile/print.ts";
import { hostileFiles } from "./hostile-files.ts";
import { unsaid } from "./hostile-limits.ts";
import { problemsOf } from "./load-problems.ts";
import { load, loadSpecified } from "./stack-files.ts";

/** Of a processor's time: what a file may take. */
const mostMs = 1_000;
/** Lines that are indented to the depth of the file may come to a hundred times of it. */
const mostMsOfPrinting = 2_000;
/** What else a machine does takes caches and clocks away, and so adds to the time of a processor. The least of these times has least of that. */
const tries = 4;

parentPort?.on("message", (name: string) => parentPort?.postMessage(answer(name)));

function answer(name: string): readonly string[] {
  const file = hostileFiles.find((one) => one.name === name);
  if (file === undefined) return [`no hostile file is called ${name}`];
  const files = { "compose.yaml": file.text(), ...file.files?.() };
  try {
    const result = load({ files });
    const problems = [...problemsOf(result), ...unsaid(result.diagnostics, file.says)];
    if (problems.length > 0) return problems;
    const loading = tooLong("it", mostMs, () => load({ files }));
    return result.model === undefined ? loading : [...loading, ...printing(loadSpecified({ files }))];
  } catch (error) {
    return [`it throws: ${String(error)}`];
  }
}

/** What `config` prints of a file that loads. */
function printing(model: object): readonly string[] {
  return (["yaml", "json"] as const).flatMap((format) =>
    tooLong(`printing it as ${format}`, mostMsOfPrinting, () => printModel(model, format)),
  );
}

function tooLong(what: string, most: number, work: () => unknown): readonly string[] {
  let least = Infinity;
  for (let tried = 0; tried < tries && least > most; tried++) {
    const before = process.threadCpuUsage();
    work();
    const { user, system } = process.threadCpuUsage(before);
    least = Math.min(least, Math.round((user + system) / 1_000));
  }
  return least > most ? [`${what} takes ${least} ms of a processor`] : [];
}
