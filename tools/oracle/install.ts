import { createHash } from "node:crypto";
import { mkdir, readdir, readFile, rename, rm } from "node:fs/promises";
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { showElapsed } from "../../modules/base/elapsed.ts";
import { StackhouseError } from "../../modules/base/errors.ts";
import { engineKind, findEngine, goCache, runGo, whyNoGo } from "../../modules/engine/index.ts";
import type { Home } from "../../modules/system/home.ts";
import { acquireLock } from "../../modules/system/lock.ts";
import { packageRoot } from "../../modules/system/package-root.ts";
import type { TaskPorts } from "../bootstrap/tasks/task.ts";

const version = "5.5.0";

/** Another run may be at a build, of the engine too; milliseconds. */
const lockDeadlineMs = 60 * 60_000;

/** The programs: `many` answers many cases in one process, `plain` is docker compose as its users have it. */
export interface Oracle {
  readonly many: string;
  readonly plain: string;
}

/** Where the oracle is, built or not: `<cache>/oracle/<version>-<platform>-<digest of what it is built from>`. */
export async function oracleIn({ cache }: Pick<Home, "cache">): Promise<Oracle> {
  const digest = createHash("sha256");
  for (const file of ["go.mod", "go.sum", "main.go"]) digest.update(await readFile(join(folder(), file)));
  const key = [version, process.platform, process.arch, digest.digest("hex").slice(0, 12)].join("-");
  const root = join(cache.root, "oracle", key);
  return { many: join(root, "oracle"), plain: join(root, "docker-compose") };
}

/**
 * Builds the oracle where it is not there. Two at once make one.
 *
 * @throws `engine.no-go`, `engine.build-failed`
 */
export async function ensureOracle(ports: TaskPorts): Promise<{ readonly source: "installed" | "built" }> {
  const oracle = await oracleIn(ports.home);
  const root = dirname(oracle.many);
  if (existsSync(root)) return { source: "installed" };
  const noGo = await whyNoGo(ports);
  if (noGo !== undefined)
    throw new StackhouseError("engine.no-go", `docker compose cannot be built for comparison: ${noGo}`);
  // Go's caches are those of the engine, and so is the lock.
  await using _lock = await acquireLock(engineKind(ports.home).lockOf(), {
    ...ports,
    purpose: "building docker compose",
    deadlineMs: lockDeadlineMs,
  });
  if (existsSync(root)) return { source: "installed" };
  const draft = `${root}${unfinished}`;
  await removeUnfinished(dirname(root));
  await mkdir(draft, { recursive: true });
  await showElapsed(
    () => "building docker compose from source",
    ports,
    async () => {
      await build(join(draft, "oracle"), ".", ports);
      await build(join(draft, "docker-compose"), "github.com/docker/compose/v5/cmd", ports);
    },
  );
  await rename(draft, root);
  // An engine that is still to be built has a use for them, and takes them away afterwards.
  if ((await findEngine(ports)).kind === "found") await rm(goCache(ports.home), { recursive: true, force: true });
  return { source: "built" };
}

const unfinished = ".new";

/** What builds left that were killed, of this version and of others. Whoever has the lock is the only one who builds. */
async function removeUnfinished(folder: string): Promise<void> {
  const names = existsSync(folder) ? await readdir(folder) : [];
  const drafts = names.filter((name) => name.endsWith(unfinished));
  await Promise.all(drafts.map((name) => rm(join(folder, name), { recursive: true, force: true })));
}

async function build(output: string, target: string, ports: TaskPorts): Promise<void> {
  const linker = `-s -w -X github.com/docker/compose/v5/internal.Version=v${version}`;
  const flags = ["-mod=readonly", "-modcacherw", "-trimpath", "-buildvcs=false", `-ldflags=${linker}`];
  const ran = await runGo(["build", ...flags, "-o", output, target], folder(), { ...ports, onLine: () => undefined });
  if (ran.exitCode === 0) return;
  throw new StackhouseError("engine.build-failed", "docker compose could not be built from source", {
    details: ran.stderr.trim().split("\n").slice(-12),
    hint: "run this again: it goes on where it was",
  });
}

function folder(): string {
  return join(packageRoot(), "tools", "oracle");
}
