import { rm } from "node:fs/promises";
import * as z from "zod";
import { messageOf, StackhouseError } from "../../base/errors.ts";
import { readFileIfPresent, writeFileAtomic } from "../../system/files.ts";
import type { DriverCall, VmRunning, VmSpec, VmStart } from "../driver.ts";
import { machineOf, qemuArguments } from "./argv.ts";
import { asRunning, withForwards, type Starting } from "./boot.ts";
import { endVm } from "./end.ts";
import type { StoredForward, VmFolder } from "./folder.ts";
import { launch } from "./launch.ts";
import { loadState, saveState, StateRefused } from "./migration.ts";
import { openPorter } from "./porter.ts";
import type { QemuPorts } from "./ports.ts";
import { commandLine, findProcess } from "./process.ts";
import { openMonitor } from "./qmp.ts";
import { requireDisk } from "./resources.ts";

// A VM is suspended when its folder has `memory` and `suspended.json`, which says of what machine that is. The second is written last,
// before the process ends, and removed first, before the VM goes on: from then on its disk is another one than its memory knows.
const memoryFile = "memory";
const recordFile = "suspended.json";
const recordSchema = z.strictObject({ machine: z.array(z.string()) });

/** A guest that has just gone on answers in milliseconds; the rest is for busy machines. */
const clockDeadlineMs = 60_000;
const goOnDeadlineMs = 10_000;
const endMs = 15_000;

export async function isSuspended(folder: VmFolder): Promise<boolean> {
  return (await readFileIfPresent(folder.file(recordFile))) !== undefined;
}

/** Lets go of what a suspended VM remembers: it boots when it is started. */
export async function forgetMemory(folder: VmFolder): Promise<void> {
  for (const name of [recordFile, memoryFile]) await rm(folder.file(name), { force: true });
}

/**
 * Saves a running VM with its memory and ends its process. What fails leaves it running. The caller holds the VM's lock.
 *
 * @throws `vm.exited` for one that does not run, `vm.disk-full`
 */
export async function suspendVm(
  folder: VmFolder,
  { memoryMiB }: VmSpec,
  ports: QemuPorts,
  call: DriverCall,
): Promise<void> {
  const found = await findProcess(folder);
  if (found.state !== "running") {
    if (await isSuspended(folder)) return;
    throw new StackhouseError("vm.exited", `the VM ${folder.id} does not run`, {
      hint: `stackhouse host start ${folder.id} starts it`,
    });
  }
  await requireDisk(folder.path, memoryMiB);
  await forgetMemory(folder);
  await saveMemory(folder, ports, call);
  // Of the process that was saved: the VM may have been given another size since it began.
  const record = { machine: machineOf(await commandLine(found.record.pid)) };
  await writeFileAtomic(folder.file(recordFile), JSON.stringify(record), 0o600);
  await endVm(folder, 0, ports, call);
}

async function saveMemory(folder: VmFolder, ports: QemuPorts, call: DriverCall): Promise<void> {
  try {
    await using monitor = await openMonitor(folder.path, call.signal);
    const state = { path: folder.file(memoryFile), memory: "all" } as const;
    await saveState(monitor, state, { ...call, clock: ports.clock });
  } catch (error) {
    // The call may be over; the VM is to go on nevertheless.
    await using monitor = await openMonitor(folder.path, AbortSignal.timeout(goOnDeadlineMs));
    await monitor.execute("migrate_cancel");
    await monitor.execute("cont");
    await forgetMemory(folder);
    throw error;
  }
}

/**
 * Lets a suspended VM go on where it was. Gives undefined, and has forgotten its memory, where that is another machine's by now, or
 * where QEMU does not take it.
 */
export async function resumeVm(
  { folder, spec, machine }: Starting,
  ports: QemuPorts,
  call: DriverCall,
): Promise<VmRunning | undefined> {
  const argv = qemuArguments({ ...machine, memory: "loaded", forwards: [], folder: folder.path });
  const { machine: saved } = recordSchema.parse(JSON.parse((await readFileIfPresent(folder.file(recordFile))) ?? ""));
  try {
    if (saved.join("\n") !== machineOf(argv).join("\n"))
      throw new StateRefused("the VM was given another size meanwhile");
    return await withForwards(folder, ports, call, (forwards) =>
      goOn({ folder, spec, machine }, forwards, ports, call),
    );
  } catch (error) {
    if (!(error instanceof StateRefused)) throw error;
    call.progress.warn(`${spec.id} boots, because it cannot go on: ${messageOf(error)}`);
    await endVm(folder, 0, ports, call);
    await forgetMemory(folder);
    return undefined;
  }
}

async function goOn(
  { folder, machine }: Starting,
  forwards: readonly StoredForward[],
  ports: QemuPorts,
  call: DriverCall,
): Promise<VmRunning> {
  const began = ports.clock.now();
  const argv = qemuArguments({ ...machine, memory: "loaded", forwards, folder: folder.path });
  const record = await launch(folder, argv, ports, call);
  try {
    await using monitor = await openMonitor(folder.path, call.signal);
    await loadState(monitor, { path: folder.file(memoryFile), memory: "all" }, { ...call, clock: ports.clock });
    await forgetMemory(folder);
    await monitor.execute("cont");
  } catch (error) {
    // One that has not gone on yet is still suspended.
    if (await isSuspended(folder)) await endVm(folder, 0, ports, { ...call, signal: AbortSignal.timeout(endMs) });
    throw error;
  }
  await setClock(folder, ports, call);
  const start: VmStart = { rung: "resumed", reason: "it was suspended", tookMs: ports.clock.now() - began };
  await folder.writeProcess({ ...record, start });
  return { ...asRunning({ ...record, start }, forwards), answered: true };
}

/** Its clock stood while it was suspended. */
async function setClock(folder: VmFolder, ports: QemuPorts, call: DriverCall): Promise<void> {
  await using porter = await openPorter(folder.path, { answerMs: clockDeadlineMs, signal: call.signal });
  // One that was suspended while it booted listens later: what is the time then?
  await porter.hello();
  await porter.setClock(ports.clock.now());
}
