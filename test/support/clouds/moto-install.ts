import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readFile, rename, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Runner } from "../../../modules/system/exec.ts";
import type { Home } from "../../../modules/system/home.ts";
import { acquireLock, type LockOptions } from "../../../modules/system/lock.ts";

const requirements = fileURLToPath(new URL("moto-requirements.txt", import.meta.url));

/** Debian's, for it is the one that the package python3-venv completes. */
const python = "/usr/bin/python3";
const installDeadlineMs = 10 * 60_000;

interface MotoPorts extends Pick<LockOptions, "clock" | "signal" | "progress"> {
  readonly home: Home;
  readonly runner: Runner;
}

/** Python with moto, in the cache. `reason`: why it is not there. */
export type Moto = { readonly python: string } | { readonly reason: string };

export async function findMoto(home: Home): Promise<Moto> {
  const found = pythonIn(await folderOf(home));
  return existsSync(found) ? { python: found } : { reason: "moto is not installed; npm test installs it from PyPI" };
}

/** Installs moto into an environment of its own where it is missing, from the machine's own index of Python packages. */
export async function ensureMoto(ports: MotoPorts): Promise<Moto> {
  const { home, runner, signal } = ports;
  const folder = await folderOf(home);
  if (existsSync(pythonIn(folder))) return { python: pythonIn(folder) };
  if (!existsSync(python)) return { reason: `moto needs ${python}` };
  await mkdir(dirname(folder), { recursive: true });
  const purpose = "installing moto";
  await using _lock = await acquireLock(`${folder}.lock`, { ...ports, purpose, deadlineMs: installDeadlineMs });
  if (existsSync(pythonIn(folder))) return { python: pythonIn(folder) };
  const fresh = await mkdtemp(`${folder}-new-`);
  const call = { signal, timeoutMs: installDeadlineMs };
  try {
    for (const [program, ...args] of [
      [python, "-m", "venv", fresh],
      // Wheels alone: nothing that was downloaded runs while it is installed.
      [pythonIn(fresh), "-m", "pip", "install", "--quiet", "--no-deps", "--only-binary=:all:", "-r", requirements],
    ] as const) {
      const { exitCode, stdout, stderr } = await runner.exec(program, args, call);
      if (exitCode !== 0) return { reason: `moto could not be installed: ${lastLine(stderr) ?? lastLine(stdout)}` };
    }
    await rename(fresh, folder);
    return { python: pythonIn(folder) };
  } finally {
    await rm(fresh, { recursive: true, force: true });
  }
}

/** Named after what is in it. */
async function folderOf(home: Home): Promise<string> {
  const digest = createHash("sha256")
    .update(await readFile(requirements))
    .digest("hex")
    .slice(0, 16);
  return join(home.cache.root, "tests", `moto-${digest}`);
}

function pythonIn(folder: string): string {
  return join(folder, "bin", "python");
}

function lastLine(text: string): string | undefined {
  return text.trim().split("\n").filter(Boolean).at(-1);
}
