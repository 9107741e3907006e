import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readFile, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { StackhouseError } from "../base/errors.ts";
import type { Progress } from "../base/progress.ts";
import type { Runner } from "../system/exec.ts";
import { isErrno } from "../system/files.ts";
import type { Home } from "../system/home.ts";

/** A package of npm with a Node for another processor than the workstation's. */
export interface NodePackage {
  readonly name: string;
  readonly version: string;
  /** As in a lock file of npm: `sha512-…`. What comes must be exactly this. */
  readonly integrity: string;
}

export interface FetchPorts {
  readonly home: Home;
  readonly runner: Runner;
  readonly progress: Progress;
  readonly signal: AbortSignal;
}

/** 52 MB from a registry. */
const fetchMs = 5 * 60_000;

/**
 * The Node of a package, from the cache; the first time npm fetches it, from the registry that it is set to. npm installs on no workstation what is for
 * another processor, so it is packed instead.
 *
 * @returns its path
 * @throws `agent.install-failed` where npm fails, or brings something else
 */
export async function fetchedNode(wanted: NodePackage, ports: FetchPorts): Promise<string> {
  const folder = join(ports.home.cache.root, "nodes", `${wanted.name}-${wanted.version}`);
  const path = join(folder, "node");
  if (existsSync(path)) return path;
  await mkdir(join(ports.home.cache.root, "nodes"), { recursive: true });
  const fresh = await mkdtemp(`${folder}-new-`);
  try {
    await unpackInto(fresh, wanted, ports);
    // Another run may have been as fast.
    await rename(fresh, folder).catch((error: unknown) => {
      if (!isErrno(error, "ENOTEMPTY") && !isErrno(error, "EEXIST")) throw error;
    });
    return path;
  } finally {
    await rm(fresh, { recursive: true, force: true });
  }
}

async function unpackInto(folder: string, { name, version, integrity }: NodePackage, ports: FetchPorts): Promise<void> {
  const what = `${name}@${version}`;
  const run = async (program: string, ...args: readonly string[]): Promise<string> => {
    const { signal } = ports;
    const { exitCode, stdout, stderr } = await ports.runner.exec(program, args, {
      cwd: folder,
      signal,
      timeoutMs: fetchMs,
    });
    if (exitCode !== 0) throw notFetched(what, `${program}: ${stderr.trim()}`);
    return stdout.trim();
  };
  ports.progress.status(`fetching ${what}`);
  const archive = join(
    folder,
    (await run("npm", "pack", what, "--silent", "--ignore-scripts")).split("\n").at(-1) ?? "",
  );
  const found = `sha512-${createHash("sha512")
    .update(await readFile(archive))
    .digest("base64")}`;
  if (found !== integrity) throw notFetched(what, `it is ${found}, and not ${integrity}`);
  await run("tar", "-xzf", archive, "--strip-components=2", "package/bin/node");
  await rm(archive);
}

function notFetched(what: string, detail: string): StackhouseError {
  return new StackhouseError(
    "agent.install-failed",
    `the Node for hosts, ${what}, was not fetched from npm's registry`,
    {
      details: [detail],
      hint: `npm pack ${what} must work here; npm config get registry says where it asks`,
    },
  );
}
