import { isStackhouseError } from "../../base/errors.ts";
import {
  freedBy,
  isBusy,
  listCache,
  removeEntry,
  sweep,
  sweepDrafts,
  type CacheEntry,
  type CacheKind,
} from "../../system/cache.ts";
import { retainedDisks } from "../../hypervisors/qemu/index.ts";
import { systemRunner } from "../../system/exec.ts";
import { cacheKinds } from "../cached/kinds.ts";
import { judge } from "../cached/select.ts";
import type { CleanOptions } from "../commands/clean.ts";
import type { CommandContext } from "../context.ts";
import { exitCodes } from "../exit-codes.ts";
import { bytesText, cacheJson, cacheLines, dataDiskLines, dataDisksJson } from "../render/clean.ts";
import { ageMs } from "../render/since.ts";
import { count } from "../render/text.ts";
import type { Handler } from "../run.ts";
import { canAsk, confirm } from "../terminal/confirm.ts";
import { withDisplay } from "../terminal/display.ts";
import { removeDataDisks } from "./clean-data-disks.ts";

export const clean: Handler<CleanOptions> = async (context, { dataDisk, ...options }) =>
  dataDisk === undefined ? await cleanCache(context, options) : await removeDataDisks(context, dataDisk, options);

async function cleanCache(
  context: CommandContext,
  { yes = false, all = false, olderThan }: Omit<CleanOptions, "dataDisk">,
): Promise<number> {
  const { clock, style, home } = context;
  const unusedMs = all ? Number.NEGATIVE_INFINITY : ageMs(olderThan, "--older-than");
  const entries = await listCache(kindsOf(context));
  const judged = judge(entries, { usedBefore: clock.now() - unusedMs, busy: await busyAmong(entries, clock.now()) });
  const going = judged.filter(({ fate }) => fate === "remove").map(({ entry }) => entry);
  const dataDisks = await retainedDisks(home);
  if (context.json) {
    const removed = yes ? await remove(context, going) : [];
    context.printJson({ ...cacheJson(judged, removed), dataDisks: dataDisksJson(dataDisks, []) });
    return exitCodes.ok;
  }
  if (dataDisks.length > 0) context.print(...dataDiskLines(dataDisks, clock.now(), style), "");
  if (judged.length > 0) context.print(...cacheLines(judged, clock.now(), style), "");
  if (going.length === 0) {
    context.print(
      nothingGoes(judged.length, all ? undefined : olderThan)
        .map(style.commands)
        .join("\n"),
    );
    return exitCodes.ok;
  }
  const what = `${count(going.length, "entry", "entries")} with - (${bytesText(freedBy(going))})`;
  if (!yes && !canAsk(context)) {
    context.print(style.commands(`Next: stackhouse clean --yes removes the ${what}`));
    return exitCodes.ok;
  }
  if (!yes && !(await confirm(context, `Remove the ${what}?`))) {
    context.print("Nothing was done.");
    return exitCodes.cancelled;
  }
  const removed = await remove(context, going);
  context.print(`Removed ${count(removed.length, "entry", "entries")}: ${bytesText(freedBy(removed))} are free again.`);
  return exitCodes.ok;
}

function kindsOf({ home, clock }: CommandContext): readonly CacheKind[] {
  return cacheKinds({ home, clock, runner: systemRunner });
}

function nothingGoes(entries: number, olderThan: string | undefined): readonly string[] {
  if (entries === 0) return ["The cache is empty."];
  if (olderThan === undefined) return ["Nothing can go: VMs and runs use all of it."];
  return [`Everything was used within ${olderThan}.`, "Next: stackhouse clean --all removes what no VM stands on"];
}

async function busyAmong(entries: readonly CacheEntry[], now: number): Promise<ReadonlySet<CacheEntry>> {
  const looked = await Promise.all(entries.map(async (entry) => ({ entry, busy: await isBusy(entry, now) })));
  return new Set(looked.filter(({ busy }) => busy).map(({ entry }) => entry));
}

/** Removes entries, but those that somebody makes or works with at the moment, and says so. */
async function remove(context: CommandContext, entries: readonly CacheEntry[]): Promise<readonly CacheEntry[]> {
  const { clock, interrupts } = context;
  return await withDisplay(context, async (display) => {
    using task = display.task("cleaning");
    const removed: CacheEntry[] = [];
    for (const entry of entries) {
      interrupts.signal.throwIfAborted();
      task.status(`${entry.kind.what} ${entry.name}`);
      try {
        await removeEntry(entry, { clock, signal: interrupts.signal, progress: task });
        removed.push(entry);
      } catch (error) {
        if (!isStackhouseError(error, "lock.held")) throw error;
        task.warn(`${entry.kind.what} ${entry.name} stays: ${error.message}`);
      }
    }
    for (const kind of kindsOf(context)) {
      await sweep(kind.folder, clock.now());
      await sweepDrafts(kind, { clock, signal: interrupts.signal, progress: task });
    }
    return removed;
  });
}
