// Removes the state of a home that nothing uses any more, and proves that no process of it is left.
import { readdir, readFile, readlink, rm } from "node:fs/promises";
import { join } from "node:path";
import { parse } from "yaml";
import * as z from "zod";
import { bakingHome, removeKilledBakings } from "../../../modules/baked-images/index.ts";
import { StackhouseError } from "../../../modules/base/errors.ts";
import { silentProgress } from "../../../modules/base/progress.ts";
import { endOrphanedHosts, holdRuns, storedStacks, storedState, type OwnStack } from "../../../modules/engine/index.ts";
import type { Driver, DriverCall } from "../../../modules/hypervisors/driver.ts";
import { createQemuDriver, removeKilledTemplates, retainedDisks } from "../../../modules/hypervisors/qemu/index.ts";
import { removeKilledBuilds } from "../../../modules/images/index.ts";
import { namesIn } from "../../../modules/system/files.ts";
import type { Home } from "../../../modules/system/home.ts";
import { task } from "./task.ts";

const resourceSchema = z.object({ type: z.string(), custom: z.boolean().optional() });
const checkpointSchema = z.object({
  checkpoint: z.object({
    latest: z
      .object({ resources: z.array(resourceSchema).nullish(), pending_operations: z.array(z.unknown()).nullish() })
      .nullish(),
  }),
});

/** Settings that say nothing but which salt belongs to the passphrase. */
const settingsSchema = z.strictObject({ encryptionsalt: z.string().optional() });

await task(async ({ home, runner, clock, signal, progress }) => {
  const baking = createQemuDriver({ home: bakingHome(home), runner, clock });
  await removeKilledBakings({ home, driver: baking, clock }, { signal, progress });
  await removeKilledTemplates({ home, runner, clock }, { signal, progress });
  await removeKilledBuilds(home, { clock, signal, progress });
  // A run that has made nothing yet has nothing in the state that would tell of it.
  await using _runs = await holdRuns(home, { clock, signal, progress, purpose: "clearing up", deadlineMs: 1_000 });
  await endOrphanedHosts(home);
  const kept = [
    ...(await stacksInUse(home)),
    ...(await vmsInUse(createQemuDriver({ home, runner, clock }), { signal, progress: silentProgress })),
    ...(await retainedDisks(home)).map(({ path }) => `data disk ${path}`),
  ];
  if (kept.length === 0) await removeState(home);
  return { kept };
});

/** Removes the state, where no process is at work with it, and proves that nothing but caches is left. */
async function removeState({ root, state, cache }: Home): Promise<void> {
  const processes = await processesUsing(state.root);
  if (processes.length > 0) {
    throw new StackhouseError("internal", `processes are left that use ${state.root}`, {
      details: processes,
      hint: "where they belong to a run, wait for its end; else end them; then run this again",
    });
  }
  await rm(state.root, { recursive: true, force: true });
  await removeSettings(process.cwd());
  const files = (await namesIn(root)).filter((name) => join(root, name) !== cache.root);
  if (files.length > 0) throw new StackhouseError("internal", `files are left in ${root}`, { details: files });
}

/** Pulumi stacks with resources: they are somebody else's, and while there are any, the state stays. */
async function stacksInUse({ state: { backend } }: Home): Promise<readonly string[]> {
  const inUse: string[] = [];
  for (const own of await storedStacks(backend)) {
    if (await hasResources(own)) inUse.push(`Pulumi stack ${own.project}/${own.stack}`);
  }
  return inUse;
}

/**
 * Whether something in the world stands behind a stack: its components and providers do not. What cannot be read is taken for one
 * that has.
 */
async function hasResources(own: OwnStack): Promise<boolean> {
  const decoded = checkpointSchema.safeParse(await contentOf(own));
  if (!decoded.success) return true;
  const { resources, pending_operations: pending } = decoded.data.checkpoint.latest ?? {};
  const made = (resources ?? []).filter(({ type, custom }) => custom === true && !type.startsWith("pulumi:providers:"));
  return made.length > 0 || (pending ?? []).length > 0;
}

async function contentOf(own: OwnStack): Promise<unknown> {
  try {
    return JSON.parse((await storedState(own)) ?? "");
  } catch {
    return undefined;
  }
}

/** VMs are somebody else's too. A create that was cut leaves a folder that is none yet; what cannot be read is taken for one. */
async function vmsInUse(driver: Driver, call: DriverCall): Promise<readonly string[]> {
  const inUse: string[] = [];
  for (const id of await driver.list(call)) {
    const isThere = await driver.inspect(id, call).then(
      ({ state }) => state !== "absent",
      () => true,
    );
    if (isThere) inUse.push(`VM ${id}`);
  }
  return inUse;
}

/** Processes that work in the folder, have a file of it open or name it, this one left out. Where there is no /proc, none. */
async function processesUsing(folder: string): Promise<readonly string[]> {
  const found: string[] = [];
  for (const pid of (await namesIn("/proc")).filter((name) => /^\d+$/u.test(name) && name !== String(process.pid))) {
    const line = (await readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "")).replaceAll("\0", " ");
    const descriptors = await readdir(`/proc/${pid}/fd`).catch(() => []);
    const links = ["cwd", ...descriptors.map((fd) => `fd/${fd}`)];
    const used = await Promise.all(links.map((link) => readlink(`/proc/${pid}/${link}`).catch(() => "")));
    if ([line, ...used].some((text) => text.includes(folder))) found.push(`${pid} ${line.slice(0, 160)}`);
  }
  return found;
}

/** `Pulumi.<stack>.yaml` beside the program, where it says nothing but which salt the passphrase has that is gone now. */
async function removeSettings(project: string): Promise<void> {
  for (const name of (await namesIn(project)).filter((file) => /^Pulumi\..+\.yaml$/u.test(file))) {
    const settings = settingsSchema.safeParse(parse(await readFile(join(project, name), "utf8")) ?? {});
    if (settings.success) await rm(join(project, name));
  }
}
