import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readFile, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import type { Clock } from "../base/clock.ts";
import { StackhouseError } from "../base/errors.ts";
import type { Progress } from "../base/progress.ts";
import { markUsed, sweepDrafts, type CacheKind } from "../system/cache.ts";
import type { Runner } from "../system/exec.ts";
import type { Home } from "../system/home.ts";
import { acquireLock } from "../system/lock.ts";

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
  readonly clock: Clock;
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
  const kind = fetchedNodeKind(ports.home);
  const name = `${wanted.name}-${wanted.version}`;
  const folder = join(kind.folder, name);
  const path = join(folder, "node");
  if (existsSync(path)) {
    await markUsed(folder);
    return path;
  }
  await mkdir(kind.folder, { recursive: true });
  const purpose = `fetching ${wanted.name}`;
  await using _lock = await acquireLock(kind.lockOf(name), { ...ports, purpose, deadlineMs: fetchMs });
  if (existsSync(path)) return path;
  await sweepDrafts(kind, ports);
  const fresh = await mkdtemp(join(kind.folder, `.${name}-`));
  try {
    await unpackInto(fresh, wanted, ports);
    await rename(fresh, folder);
    return path;
  } finally {
    await rm(fresh, { recursive: true, force: true });
  }
}

/** What is in the cache of them. */
export function fetchedNodeKind({ cache: { nodes } }: Home) {
  return {
    what: "Node for hosts",
    folder: nodes,
    isEntry: (name) => /^node-linux-[a-z0-9]+-\d+\.\d+\.\d+$/.test(name),
    draftOf: (name) => /^\.(node-linux-[a-z0-9]+-\d+\.\d+\.\d+)-.{6}$/.exec(name)?.[1],
    lockOf: (name: string) => join(nodes, `${name}.lock`),
  } satisfies CacheKind;
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
