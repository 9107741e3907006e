// Times the quickstart from the command to the app's answer, with caches there and no VM, and its `--down`; in a home of its own. Argument:
// the number of runs, default 3.
import { mkdir, mkdtemp, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { systemRunner } from "../../modules/system/exec.ts";
import { homeFrom } from "../../modules/system/home.ts";
import { packageRoot } from "../../modules/system/package-root.ts";
import { printMeasurements, timed } from "./table.ts";

const runs = Number(process.argv[2] ?? 3);
const program = join(packageRoot(), "tools", "quickstart.mjs");
const place = await mkdtemp(join(tmpdir(), "stackhouse-bench-"));
const { cache } = homeFrom(process.env);
await mkdir(cache.root, { recursive: true });
await symlink(cache.root, homeFrom({ STACKHOUSE_HOME: place }).cache.root);

async function quickstart(...options: readonly string[]): Promise<number> {
  const env = { ...(process.env as Record<string, string>), STACKHOUSE_HOME: place };
  const args = [program, ...options];
  const { ms, value } = await timed(() => systemRunner.exec(process.execPath, args, { env, timeoutMs: 30 * 60_000 }));
  if (value.exitCode !== 0)
    throw new Error(`${args.join(" ")} ended with exit code ${value.exitCode}:\n${value.stdout}\n${value.stderr}`);
  return ms;
}

// Fills the caches.
await quickstart();
await quickstart("--down");
const up: number[] = [];
const down: number[] = [];
for (let run = 0; run < runs; run += 1) {
  up.push(await quickstart());
  down.push(await quickstart("--down"));
}
await rm(place, { recursive: true });
printMeasurements([
  { what: "from the command to HTTP 200", runs: up, budget: 30_000 },
  { what: "until all of it is gone", runs: down },
]);
