import { readFile } from "node:fs/promises";
import { bootId } from "../../../system/boot-id.ts";
import { isErrno, readFileIfPresent } from "../../../system/files.ts";
import { processStart } from "../../../system/lock.ts";
import type { ProcessRecord, VmFolder } from "../folder.ts";

export type VmProcess =
  | { readonly state: "running"; readonly record: ProcessRecord }
  /** A QEMU was started and is gone, and nobody here ended it. */
  | { readonly state: "vanished"; readonly record: ProcessRecord }
  | { readonly state: "none" };

/**
 * The QEMU of a VM, when it is provably that: the mark of this folder in its command line, and its start time where that was
 * recorded. A run that was killed before it could record it is made good for by QEMU's own pid file.
 */
export async function findProcess(folder: VmFolder): Promise<VmProcess> {
  const record = await folder.readProcess();
  if (record !== undefined && (await isOurs(record, folder))) return { state: "running", record };
  const unrecorded = await processOfPidFile(folder);
  if (unrecorded !== undefined) return { state: "running", record: unrecorded };
  return record === undefined ? { state: "none" } : { state: "vanished", record };
}

/** The process that QEMU's own pid file names. */
export async function processOfPidFile(folder: VmFolder): Promise<ProcessRecord | undefined> {
  const pid = Number.parseInt((await readFileIfPresent(folder.pidFile)) ?? "", 10);
  if (!Number.isInteger(pid) || pid <= 1) return undefined;
  const startedTicks = await processStart(pid);
  const argv = await commandLine(pid);
  if (startedTicks === undefined || !carriesMark(argv, await folder.mark())) return undefined;
  return { pid, startedTicks, bootId: await bootId(), hypervisorClass: argv.includes("kvm") ? "type-1" : "emulation" };
}

/** Whether the process still is what it was; false once it has ended, also when its number has gone to another. */
export async function isOurs(record: ProcessRecord, folder: VmFolder): Promise<boolean> {
  if ((await processStart(record.pid)) !== record.startedTicks) return false;
  return carriesMark(await commandLine(record.pid), await folder.mark());
}

/**
 * Whether a process has let go of everything: it is gone, or waits to be reaped. Between a kill and that its ports and files are
 * still held, by the last of its threads: the first one may be a zombie long before. Source: proc_pid_stat(5), fields 3, 20 and
 * 22; the command name may hold brackets, so fields count from the last one.
 */
export async function hasEnded({ pid, startedTicks, ...record }: ProcessRecord): Promise<boolean> {
  if (record.bootId !== (await bootId())) return true;
  const { state, threads, started } = await statOf(pid);
  if (started !== startedTicks || state === "X") return true;
  return state === "Z" && threads <= 1;
}

/** Whether a signal (SIGSTOP) has stopped a process: nothing of it answers, until SIGCONT lets it go on. */
export async function isHalted({ pid, startedTicks }: ProcessRecord): Promise<boolean> {
  const { state, started } = await statOf(pid);
  return started === startedTicks && state === "T";
}

/** Lets a process of ours go on, where a signal has stopped it. */
export function wake({ pid }: ProcessRecord): void {
  try {
    process.kill(pid, "SIGCONT");
  } catch (error) {
    if (!isErrno(error, "ESRCH")) throw error;
  }
}

async function statOf(pid: number) {
  const text = (await readFileIfPresent(`/proc/${pid}/stat`).catch(() => undefined)) ?? "";
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
  return { state: fields[0], threads: Number(fields[17]), started: fields[19] };
}

function carriesMark(argv: readonly string[], mark: string): boolean {
  return argv.some((argument) => argument.includes(mark));
}

/** Empty for a process that is gone, or that has ended and was not waited for yet. */
export async function commandLine(pid: number): Promise<readonly string[]> {
  return (await readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "")).split("\0");
}
