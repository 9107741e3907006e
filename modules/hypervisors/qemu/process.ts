import { readFile } from "node:fs/promises";
import { readFileIfPresent } from "../../system/files.ts";
import { processStart } from "../../system/lock.ts";
import { ownerMark } from "./argv.ts";
import type { ProcessRecord, VmFolder } from "./folder.ts";

export type VmProcess =
  | { readonly state: "running"; readonly record: ProcessRecord }
  /** A QEMU was started and is gone, and nobody here ended it. */
  | { readonly state: "vanished" }
  | { readonly state: "none" };

/** The QEMU of a VM, when it is provably that: its start time as recorded, and the mark of this folder in its command line. */
export async function findProcess(folder: VmFolder): Promise<VmProcess> {
  const record = await folder.readProcess();
  if (record === undefined) return { state: "none" };
  const ours = (await processStart(record.pid)) === record.startedTicks && (await carriesMark(record.pid, folder));
  return ours ? { state: "running", record } : { state: "vanished" };
}

/** Process named in QEMU's own pid file: for the moment before it was recorded. */
export async function processOfPidFile(folder: VmFolder): Promise<{ pid: number; startedTicks: string } | undefined> {
  const pid = Number.parseInt((await readFileIfPresent(folder.pidFile)) ?? "", 10);
  if (!Number.isInteger(pid) || pid <= 1) return undefined;
  const startedTicks = await processStart(pid);
  return startedTicks !== undefined && (await carriesMark(pid, folder)) ? { pid, startedTicks } : undefined;
}

async function carriesMark(pid: number, folder: VmFolder): Promise<boolean> {
  const commandLine = await readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "");
  return commandLine.includes(ownerMark(folder.path));
}
