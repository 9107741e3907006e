import { rename, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { messageOf, StackhouseError } from "../base/errors.ts";
import { markUsed } from "../system/cache.ts";
import { namesIn } from "../system/files.ts";
import { acquireLock } from "../system/lock.ts";
import { buildEngine } from "./build.ts";
import { downloadEngine, type DownloadOutcome } from "./download.ts";
import { engineAt, findEngine, findInstalled, type EngineFinding } from "./find.ts";
import { whyNoGo } from "./go.ts";
import { draftMark, engineKind, installedRoot } from "./layout.ts";
import type { Engine, EnginePorts } from "./types.ts";

/** The two ways to get an engine that is not there; tests bring their own. */
export interface EngineMakers {
  download(root: string, ports: EnginePorts): Promise<DownloadOutcome>;
  whyNoGo(ports: EnginePorts): Promise<string | undefined>;
  build(root: string, ports: EnginePorts): Promise<void>;
}

const makers: EngineMakers = { download: downloadEngine, whyNoGo, build: buildEngine };

/** A cold build takes minutes; whoever waits for another's gets this long, milliseconds. */
const lockDeadlineMs = 60 * 60_000;

/**
 * The engine: the one on PATH where it is new enough, else our own copy, else downloaded, else built from source with Go.
 * Can be interrupted and run again; two at once make one engine.
 *
 * Fails with `engine.too-old`, `engine.no-go`, `engine.no-network` or `engine.build-failed`.
 */
export async function ensureEngine(ports: EnginePorts, make: EngineMakers = makers): Promise<Engine> {
  const finding = await findEngine(ports);
  if (finding.kind === "found") return await taken(finding.engine);
  ports.progress.info(finding.reason);

  const root = await installedRoot(ports.home);
  await using _lock = await acquireLock(engineKind(ports.home).lockOf(), {
    ...ports,
    purpose: "installing the Pulumi engine",
    deadlineMs: lockDeadlineMs,
  });
  const meanwhile = await findInstalled(ports.home);
  if (meanwhile.kind === "found") return await taken(meanwhile.engine);

  const draft = `${root}${draftMark}`;
  await removeDrafts(dirname(draft));
  const source = await install(draft, ports, { make, finding });
  await checkRuns(draft, ports);
  await rm(root, { recursive: true, force: true });
  await rename(draft, root);
  await markUsed(root);
  return await engineAt(root, source, ports);
}

/** Whoever clears the cache is to see that a run is about to work with our own copy. */
async function taken(engine: Engine): Promise<Engine> {
  if (engine.source === "installed") await markUsed(dirname(engine.binDir));
  return engine;
}

/** Of runs that were killed, for whatever engine; Go's cache still holds the work of a build. */
async function removeDrafts(folder: string): Promise<void> {
  const left = (await namesIn(folder)).filter((name) => name.includes(draftMark));
  for (const name of left) await rm(join(folder, name), { recursive: true, force: true });
}

async function checkRuns(root: string, ports: EnginePorts): Promise<void> {
  try {
    await engineAt(root, "installed", ports);
  } catch (error) {
    ports.signal.throwIfAborted();
    throw new StackhouseError("engine.build-failed", `the new Pulumi engine does not run: ${messageOf(error)}`, {
      cause: error,
    });
  }
}

interface InstallCall {
  readonly make: EngineMakers;
  /** Why no engine that is there can be taken. */
  readonly finding: Exclude<EngineFinding, { kind: "found" }>;
}

async function install(root: string, ports: EnginePorts, call: InstallCall): Promise<"downloaded" | "built"> {
  const downloaded = await call.make.download(root, ports);
  if (downloaded.done) return "downloaded";
  ports.progress.info(downloaded.reason);

  const noGo = await call.make.whyNoGo(ports);
  if (noGo !== undefined) throw nothingWorks(call.finding, [downloaded.reason, noGo]);
  ports.progress.info("building the Pulumi engine from source with Go; this takes some minutes, once");
  await call.make.build(root, ports);
  return "built";
}

function nothingWorks({ kind, reason }: InstallCall["finding"], tried: readonly string[]): StackhouseError {
  switch (kind) {
    case "too-old":
      return new StackhouseError("engine.too-old", reason, {
        details: tried,
        hint: "upgrade it, or install Go 1.21 or newer",
      });
    case "missing":
      return new StackhouseError("engine.no-go", "there is no Pulumi engine and no way to get one", {
        details: [reason, ...tried],
        hint: "install Go 1.21 or newer, or Pulumi itself (https://www.pulumi.com/docs/install), then run this again",
      });
  }
}
