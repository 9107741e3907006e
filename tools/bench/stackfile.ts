// Times the loading of stack files: in this process, warm, and `stackhouse config` as a whole process, which may be held against docker
// compose. Arguments: the number of runs, 15; a docker compose to run side by side, as a command (`docker compose`, or a path).
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { loadStackFile } from "../../modules/stackfile/load.ts";
import { systemRunner } from "../../modules/system/exec.ts";
import { packageRoot } from "../../modules/system/package-root.ts";
import { median, printTimings, timed, type Timing } from "./table.ts";

const [runs = "15", ...compose] = process.argv.slice(2);

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
      - ./config/${index}:/etc/app:ro
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
  const { model, diagnostics } = loadStackFile(
    { files: ["/bench/compose.yaml"] },
    { env: { HOME: "/root" }, readFile: (path) => (path === "/bench/compose.yaml" ? text : undefined) },
  );
  if (model === undefined) throw new Error(JSON.stringify(diagnostics[0]));
}

/** Runs until the compiler has seen enough, then for the record. */
async function warm(services: number, budgetMs: number): Promise<Timing> {
  const text = stackFile(services);
  for (let loaded = 0; loaded < Math.max(500, 3 * services); loaded += services) load(text);
  const times: number[] = [];
  for (let run = 0; run < Number(runs); run += 1) times.push((await timed(() => Promise.resolve(load(text)))).ms);
  return { what: `load ${services} services, warm`, runs: times, budgetMs };
}

const env = process.env as Record<string, string>;

/** Two programs in turns, so that what else the machine does slows both. */
async function processes(folder: string, services: number, budgetMs?: number): Promise<readonly Timing[]> {
  await writeFile(join(folder, "compose.yaml"), stackFile(services));
  const ours = [join(packageRoot(), "bin", "stackhouse"), "config", "--format", "json"];
  const theirs = [...compose, "config", "--format", "json"];
  const commands = [
    { what: `stackhouse config, ${services} services`, command: ours, ...(budgetMs === undefined ? {} : { budgetMs }) },
    ...(compose.length === 0 ? [] : [{ what: `docker compose config, ${services} services`, command: theirs }]),
  ];
  const times = commands.map((): number[] => []);
  // The first round fills caches.
  for (let run = -1; run < Number(runs); run += 1) {
    for (const [index, { command }] of commands.entries()) {
      const { ms } = await timed(() => config(command, folder));
      if (run >= 0) times[index]?.push(ms);
    }
  }
  return commands.map(({ what, budgetMs: budget }, index) => ({
    what,
    runs: times[index] ?? [],
    ...(budget === undefined ? {} : { budgetMs: budget }),
  }));
}

/** How much of the other's time ours took: pairs follow each other. */
function printRatios(timings: readonly Timing[]): void {
  for (const [index, theirs] of timings.entries()) {
    const ours = timings[index - 1];
    if (ours === undefined || index % 2 === 0) continue;
    process.stdout.write(`${ours.what}: ${(median(ours.runs) / median(theirs.runs)).toFixed(2)} of docker compose\n`);
  }
}

async function config([program = "", ...args]: readonly string[], cwd: string): Promise<void> {
  const { exitCode, stderr } = await systemRunner.exec(program, args, { cwd, env, timeoutMs: 60_000 });
  if (exitCode !== 0) throw new Error(`${program} ended with exit code ${exitCode}:\n${stderr}`);
}

const inProcess = [await warm(3, 5), await warm(100, 30), await warm(500, 150), await warm(2_500, 750)];
const folder = await mkdtemp(join(tmpdir(), "stackhouse-bench-"));
try {
  const whole = [
    ...(await processes(folder, 3, 150)),
    ...(await processes(folder, 100)),
    ...(await processes(folder, 500)),
  ];
  printTimings([...inProcess, ...whole]);
  if (compose.length > 0) printRatios(whole);
} finally {
  await rm(folder, { recursive: true });
}
