// Times `stackhouse up` where nothing is to change. Arguments: the folder of the app, default this one; the number of runs, 5.
import process from "node:process";
import { join } from "node:path";
import { systemRunner } from "../../modules/system/exec.ts";
import { packageRoot } from "../../modules/system/package-root.ts";
import { printMeasurements, timed } from "./table.ts";

const [folder = ".", runs = "5"] = process.argv.slice(2);
const stackhouse = join(packageRoot(), "bin", "stackhouse");
const up = ["up", "--yes", "--json", "-C", folder];
const env = process.env as Record<string, string>;

/** Whether anything changed. */
async function change(): Promise<boolean> {
  const { exitCode, stdout, stderr } = await systemRunner.exec(stackhouse, up, { env, timeoutMs: 15 * 60_000 });
  if (exitCode !== 0) throw new Error(`stackhouse up ended with exit code ${exitCode}:\n${stderr}`);
  return (JSON.parse(stdout) as { readonly changed: boolean }).changed;
}

await change();
const times: number[] = [];
for (let run = 0; run < Number(runs); run += 1) {
  const { ms, value: changed } = await timed(change);
  if (changed) throw new Error("up changed something: this is no measure of an up without changes");
  times.push(ms);
}
printMeasurements([{ what: "up, nothing to change", runs: times, budget: 6_000 }]);
