// Times the loading of stack files, warm in this process and as `stackhouse config`, beside docker compose on the same files, where
// `npm test` has built that; and of files that are made to do harm. Argument: the number of runs, default 15.
import { existsSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { homeFrom } from "../../modules/system/home.ts";
import { loadStackFile } from "../../modules/stackfile/load.ts";
import { systemRunner } from "../../modules/system/exec.ts";
import { packageRoot } from "../../modules/system/package-root.ts";
import { hostileFiles } from "../../test/support/hostile-files.ts";
import { oracleIn } from "../oracle/install.ts";
import { median, printMeasurements, timed, type Measurement } from "./table.ts";

const runs = Number(process.argv[2] ?? 15);

/** A service as people write them: short forms, a health check, limits, what it depends on. */
function service(index: number): string {
  return `  service${index}:
    image: registry.example.com/team/service${index}:1.\${MINOR:-4}.${index}
    command: serve --port 8080 --name "service ${index}"
    restart: unless-stopped
    environment:
      LOG_LEVEL: \${LOG_LEVEL:-info}
      WORKERS: 4
      DATABASE_URL: postgres://app:secret@database${index}:5432/app
      FEATURES: "a,b,c"
    ports:
      - "\${BASE:-1}${String(index).padStart(4, "0")}:8080"
      - 127.0.0.1::9090/tcp
    volumes:
      - data:/var/lib/data/${index}
      - /srv/config/${index}:/etc/app:ro
    networks: [front, back]
    depends_on:${index === 0 ? " []" : ` { service${index - 1}: { condition: service_healthy } }`}
    healthcheck:
      test: [CMD, curl, -f, http://127.0.0.1:8080/healthz]
      interval: 10s
      timeout: 3s
      retries: 5
    labels:
      - com.example.team=core
      - com.example.index=${index}
    logging: { driver: json-file, options: { max-size: 10m, max-file: "3" } }
    deploy:
      resources:
        limits: { cpus: "0.5", memory: 256m }
`;
}

function stackFile(services: number): string {
  const all = Array.from({ length: services }, (_, index) => service(index)).join("");
  return `name: bench\nservices:\n${all}networks: { front: , back: }\nvolumes: { data: }\n`;
}

function load(text: string): void {
  const { model, diagnostics } = answer(text);
  if (model === undefined) throw new Error(JSON.stringify(diagnostics[0]));
}

function answer(text: string) {
  return loadStackFile(
    { files: ["/bench/compose.yaml"] },
    { env: { HOME: "/root" }, readFile: (path) => (path === "/bench/compose.yaml" ? text : undefined) },
  );
}

/** Runs until the compiler has seen enough, then for the record. */
function warm(services: number, budget: number): Measurement {
  const text = stackFile(services);
  for (let loaded = 0; loaded < Math.max(500, 3 * services); loaded += services) load(text);
  const times: number[] = [];
  for (let run = 0; run < runs; run += 1) {
    const started = performance.now();
    load(text);
    times.push(performance.now() - started);
  }
  return { what: `load ${services} services, warm`, runs: times, budget };
}

const env = process.env as Record<string, string>;
const oracle = await oracleIn(homeFrom(process.env));
const hasOracle = existsSync(oracle.plain);

interface Pair {
  readonly ours: Measurement;
  readonly theirs: Measurement | undefined;
}

/** Both programs in turns, so that what else the machine does slows both. */
async function processes(folder: string, services: number, budget?: number): Promise<Pair> {
  await writeFile(join(folder, "compose.yaml"), stackFile(services));
  const ours: number[] = [];
  const theirs: number[] = [];
  // The first round fills caches.
  for (let run = -1; run < runs; run += 1) {
    const one = await timed(() => config(join(packageRoot(), "bin", "stackhouse"), folder));
    const other = hasOracle ? await timed(() => config(oracle.plain, folder)) : undefined;
    if (run < 0) continue;
    ours.push(one.ms);
    if (other !== undefined) theirs.push(other.ms);
  }
  return {
    ours: {
      what: `stackhouse config, ${services} services`,
      runs: ours,
      ...(budget === undefined ? {} : { budget }),
    },
    theirs: hasOracle ? { what: `docker compose config, ${services} services`, runs: theirs } : undefined,
  };
}

async function config(program: string, cwd: string): Promise<void> {
  const args = ["config", "--format", "json"];
  const { exitCode, stderr } = await systemRunner.exec(program, args, { cwd, env, timeoutMs: 60_000 });
  if (exitCode !== 0) throw new Error(`${program} ended with exit code ${exitCode}:\n${stderr}`);
}

/** Files that are made to do harm, each once: the worst ones. */
function hostile(): readonly Measurement[] {
  const times = hostileFiles.map(({ name, text }): Measurement => {
    const content = text();
    const started = performance.now();
    answer(content);
    return { what: `hostile: ${name}`, runs: [performance.now() - started], budget: 1_000 };
  });
  return times.toSorted((a, b) => (b.runs[0] ?? 0) - (a.runs[0] ?? 0)).slice(0, 5);
}

const inProcess = [warm(3, 5), warm(100, 30), warm(500, 150), warm(2_500, 750)];
const folder = await mkdtemp(join(tmpdir(), "stackhouse-bench-"));
try {
  const pairs = [await processes(folder, 3, 150), await processes(folder, 100), await processes(folder, 500)];
  printMeasurements([
    ...inProcess,
    ...pairs.flatMap(({ ours, theirs }) => (theirs === undefined ? [ours] : [ours, theirs])),
    ...hostile(),
  ]);
  for (const { ours, theirs } of pairs) {
    if (theirs === undefined) continue;
    const ratio = median(ours.runs) / median(theirs.runs);
    process.stdout.write(`${ours.what}: ${ratio.toFixed(2)} of the time of docker compose\n`);
  }
  if (!hasOracle) process.stdout.write("docker compose is not built here: npm test builds it, with Go\n");
} finally {
  await rm(folder, { recursive: true });
}
