// What a program pays for what it imports, in a Node of its own that does nothing else. Argument: the number of runs, 9.
import process from "node:process";
import { pathToFileURL } from "node:url";
import { join } from "node:path";
import { systemRunner } from "../../modules/system/exec.ts";
import { packageRoot } from "../../modules/system/package-root.ts";
import { printMeasurements, type Measurement } from "./table.ts";

const runs = Number(process.argv[2] ?? "9");
const root = packageRoot();

/** As its user's program finds them: the package as it is built, and the libraries where it lies. */
const programs: Readonly<Record<string, readonly string[]>> = {
  nothing: [],
  "@pulumi/pulumi": ["@pulumi/pulumi"],
  stackhouse: [built("index")],
  "stackhouse, stackhouse/digitalocean": [built("index"), built("digitalocean")],
  "stackhouse, stackhouse/aws": [built("index"), built("aws")],
  "@pulumi/pulumi, @pulumi/aws": ["@pulumi/pulumi", "@pulumi/aws"],
};

function built(name: string): string {
  return pathToFileURL(join(root, "dist", `${name}.js`)).href;
}

interface Cost {
  /** Of a processor, so that others on the machine count less. */
  readonly cpuMs: number;
  readonly MiB: number;
}

async function costOf(modules: readonly string[]): Promise<Cost> {
  const report = `
    const { user, system } = process.cpuUsage();
    console.log(JSON.stringify({ cpuMs: (user + system) / 1000, MiB: process.memoryUsage.rss() / 2 ** 20 }));`;
  const program = modules.map((module) => `await import(${JSON.stringify(module)});`).join("\n") + report;
  const argv = ["--input-type=module", "--eval", program];
  const env = process.env as Record<string, string>;
  const { stdout, stderr } = await systemRunner.exec(process.execPath, argv, { env, cwd: root, timeoutMs: 60_000 });
  if (stdout === "") throw new Error(stderr);
  return JSON.parse(stdout) as Cost;
}

const costs = new Map<string, Cost[]>(Object.keys(programs).map((name) => [name, []]));
for (let run = 0; run < runs; run += 1) {
  for (const [name, modules] of Object.entries(programs)) costs.get(name)?.push(await costOf(modules));
}
const measured = [...costs].flatMap(([name, all]): Measurement[] => [
  { what: `${name}: processor`, runs: all.map(({ cpuMs }) => cpuMs) },
  { what: `${name}: memory`, runs: all.map(({ MiB }) => MiB), unit: "MiB" },
]);
printMeasurements(measured);
