import { chmod, rm } from "node:fs/promises";
import * as z from "zod";
import { isStackhouseError, messageOf, StackhouseError } from "../../../base/errors.ts";
import { readFileIfPresent, syncPath, writeFileAtomic } from "../../../system/files.ts";
import type { DriverCall, VmRunning, VmSpec, VmStart } from "../../driver.ts";
import { machineOf, qemuArguments } from "../machine/argv.ts";
import { asRunning } from "./boot.ts";
import { setGuestClock } from "../guest/clock.ts";
import { attachedDisks, placesOf } from "../disks/data-disks.ts";
import { endVm } from "../program/end.ts";
import type { StoredForward, VmFolder } from "../folder.ts";
import type { Beginning } from "./ladder.ts";
import { letGoOn, loadState, saveState, StateRefused, type MigrationCall } from "../program/migration.ts";
import type { QemuPorts } from "../ports.ts";
import { hostProcessorSchema, processorRefusal, thisProcessor, type HostProcessor } from "../program/processor.ts";
import { commandLine, findProcess, wake } from "../program/process.ts";
import { openMonitor, type Monitor } from "../program/qmp.ts";
import { letGuestUseDisks } from "../guest/use-disks.ts";
import { launchVm } from "./mend.ts";
import { fitDisksOf } from "./resize.ts";
import { requireDisk } from "../program/resources.ts";
import { timeStages } from "./stages.ts";
import { canSave, cannotSave, requireQemu } from "../program/version.ts";
import { parseJson } from "../../../system/json.ts";

// `suspended.json` says that `memory` is what the VM goes on with. It is written when the memory is on the disk, and removed before the
// VM goes on: while it is there no process has got past the saved moment, and one that is there may be ended.
const memoryFile = "memory";
// The name that it had when there were no other words for it: VMs that an earlier version has paused go on.
const recordFile = "suspended.json";
const recordSchema = z.strictObject({
  /** What the state fits to. */
  machine: z.array(z.string()).readonly(),
  qemuVersion: z.string(),
  /** Of the workstation, where the guest runs on it directly; older versions noted its model alone. */
  processor: z
    .union([hostProcessorSchema, z.string().transform((model): HostProcessor => ({ model, kernel: "" }))])
    .optional(),
  /** Names of the data disks that the process had. */
  dataDisks: z.array(z.string()).readonly().default([]),
});
type PausedRecord = z.infer<typeof recordSchema>;
type PausedMachine = Omit<PausedRecord, "dataDisks">;

/** A guest that has just gone on answers in milliseconds, and one that was paused while it booted boots first. */
const clockDeadlineMs = 120_000;
const rescueMs = 30_000;
const rescuedClockMs = 10_000;

export async function isPaused(folder: VmFolder): Promise<boolean> {
  return (await readFileIfPresent(folder.file(recordFile))) !== undefined;
}

/** Lets go of what a paused VM remembers: it boots when it is started. */
export async function forgetMemory(folder: VmFolder): Promise<void> {
  for (const name of [recordFile, memoryFile]) await rm(folder.file(name), { force: true });
}

/**
 * Saves a running VM with its memory and ends its process. What fails leaves it running. The caller holds the VM's lock.
 *
 * @throws `vm.not-running` for one that does not run, `vm.disk-full`, `vm.qemu-too-old` for a QEMU that cannot do it
 */
export async function pauseVm(folder: VmFolder, spec: VmSpec, ports: QemuPorts, call: DriverCall): Promise<void> {
  if (await isPaused(folder)) {
    await endVm(folder, 0, ports, call);
    return;
  }
  const found = await findProcess(folder);
  if (found.state !== "running" || (await folder.isUnborn())) {
    throw new StackhouseError("vm.not-running", `the VM ${folder.id} does not run`, {
      hint: `stackhouse host start ${folder.id} starts it`,
    });
  }
  const qemuVersion = await requireQemu(ports.runner, call.signal);
  if (!canSave(qemuVersion)) throw cannotSave(qemuVersion);
  wake(found.record);
  await forgetMemory(folder);
  await requireDisk(folder.path, spec.memoryMiB);
  // Of the process itself: the VM may have been given another size since it began.
  const machine = machineOf(await commandLine(found.record.pid));
  await saveMemory(folder, { machine, qemuVersion, processor: processorOf(machine) }, ports, call);
  await endVm(folder, 0, ports, call);
}

/** A guest that runs on the workstation's processor directly has its features. */
function processorOf(machine: readonly string[]): HostProcessor | undefined {
  return machine.includes("kvm") ? thisProcessor() : undefined;
}

async function saveMemory(folder: VmFolder, paused: PausedMachine, ports: QemuPorts, call: DriverCall): Promise<void> {
  const path = folder.file(memoryFile);
  try {
    await using monitor = await openMonitor(folder.path, call.signal);
    const record: PausedRecord = { ...paused, dataDisks: await attachedDisks(monitor) };
    await saveState(monitor, { path, memory: "all" }, { ...call, clock: ports.clock });
    await chmod(path, 0o600);
    await syncPath(path);
    await writeFileAtomic(folder.file(recordFile), JSON.stringify(record), 0o600);
    await syncPath(folder.path);
  } catch (error) {
    if ((await findProcess(folder)).state !== "running") throw await endedMeanwhile(folder, error);
    await rescue(folder, ports, call);
    throw error;
  }
}

async function endedMeanwhile(folder: VmFolder, cause: unknown): Promise<StackhouseError> {
  await forgetMemory(folder);
  const { id } = folder;
  return new StackhouseError("vm.exited", `the VM ${id} is stopped, not paused: its process ended while it was saved`, {
    details: [messageOf(cause)],
    hint: `was it killed, or did it crash? Its memory is lost, its disks are not: stackhouse host start ${id} boots it`,
    cause,
  });
}

/** The call may be over: the VM is to go on nevertheless. What cannot be done is told beside the error that led here. */
async function rescue(folder: VmFolder, ports: QemuPorts, { progress }: DriverCall): Promise<void> {
  const call = { progress, signal: AbortSignal.timeout(rescueMs) };
  try {
    await forgetMemory(folder);
    await using monitor = await openMonitor(folder.path, call.signal);
    await letGoOn(monitor, { ...call, clock: ports.clock });
  } catch (error) {
    progress.warn(`${folder.id} was not saved, and does not go on by itself: ${messageOf(error)}`);
    return;
  }
  await setGuestClock(folder, rescuedClockMs, ports, { progress, signal: AbortSignal.timeout(rescueMs) });
}

/**
 * Lets a paused VM go on where it was, and gives it the disks of its definition then. `withPorts` says which ports
 * lead into it. What fails before leaves it paused.
 *
 * @throws `vm.cannot-resume` where its memory is not that of this machine, or QEMU does not take it
 */
export async function resumeVm(
  begin: Beginning,
  withPorts: (start: (forwards: readonly StoredForward[]) => Promise<VmRunning>) => Promise<VmRunning>,
  ports: QemuPorts,
  call: DriverCall,
): Promise<VmRunning> {
  const { folder, qemuVersion } = begin;
  // Of a resuming that was killed.
  await endVm(folder, 0, ports, call);
  const saved = await readRecord(folder);
  const machine = { ...begin.machine, dataDisks: await placesOf(folder, saved.dataDisks) };
  const argv = qemuArguments({ ...machine, memory: "loaded", forwards: [], mark: await folder.mark() });
  const now = machineOf(argv);
  requireSame(folder, saved, { machine: now, qemuVersion, processor: processorOf(now) });
  return await withPorts((forwards) => goOn({ ...begin, machine }, forwards, ports, call));
}

async function readRecord(folder: VmFolder): Promise<PausedRecord> {
  const parsed = recordSchema.safeParse(parseJson((await readFileIfPresent(folder.file(recordFile))) ?? ""));
  if (parsed.success) return parsed.data;
  throw cannotGoOn(folder, `${recordFile} is damaged`);
}

function requireSame(folder: VmFolder, saved: PausedMachine, now: PausedMachine): void {
  if (saved.machine.join("\n") !== now.machine.join("\n")) {
    const was = saved.machine.filter((value) => !now.machine.includes(value)).join(" ");
    const is = now.machine.filter((value) => !saved.machine.includes(value)).join(" ");
    throw cannotGoOn(folder, `it was saved as a machine with ${was}, and is one with ${is} now`);
  }
  if (saved.qemuVersion !== now.qemuVersion) {
    throw cannotGoOn(folder, `QEMU ${saved.qemuVersion} has saved it, and here is ${now.qemuVersion} now`);
  }
  if (saved.processor === undefined || now.processor === undefined) return;
  const refusal = processorRefusal(saved.processor, now.processor);
  if (refusal !== undefined) throw cannotGoOn(folder, `it was saved ${refusal}`);
}

function cannotGoOn({ id }: VmFolder, reason: string): StackhouseError {
  return new StackhouseError("vm.cannot-resume", `the VM ${id} cannot go on where it was: ${reason}`, {
    hint: `its memory is kept; stackhouse host stop ${id} --grace 0 forgets it, and the VM boots from its disk then`,
  });
}

async function goOn(
  { folder, spec, machine }: Beginning,
  forwards: readonly StoredForward[],
  ports: QemuPorts,
  call: DriverCall,
): Promise<VmRunning> {
  const stages = timeStages(ports.clock);
  const argv = qemuArguments({ ...machine, memory: "loaded", forwards, mark: await folder.mark() });
  try {
    const record = await launchVm({ folder, spec }, argv, ports, call);
    stages.over("process");
    {
      await using monitor = await openMonitor(folder.path, call.signal);
      await load(folder, monitor, { ...call, clock: ports.clock });
      await forgetMemory(folder);
      // A record that came back after a power cut would lead to memory that is older than the disk.
      await syncPath(folder.path);
      await monitor.execute("cont");
    }
    stages.over("memory");
    const start: VmStart = { rung: "resumed", reason: "it was paused", ...stages.took() };
    await folder.writeProcess({ ...record, start });
    const answered = await setGuestClock(folder, clockDeadlineMs, ports, call);
    if (await fitDisksOf(folder, spec, call)) await letGuestUseDisks(folder, spec, ports, call);
    return { ...asRunning({ ...record, start }, forwards), answered };
  } catch (error) {
    if (!(await isPaused(folder))) throw error;
    await giveUp(folder, ports, call);
    throw isStackhouseError(error) ? stillPaused(folder, error) : error;
  }
}

/** What to do may cost the VM: that says what stands beside it. */
function stillPaused({ id }: VmFolder, cause: StackhouseError): StackhouseError {
  const { code, message, details, data, hint } = cause;
  // Its own hint says so.
  if (code === "vm.cannot-resume") return cause;
  const paused = `it is paused still, with its memory: stackhouse host resume ${id} tries again`;
  return new StackhouseError(code, `the VM ${id} does not go on: ${message}`, {
    details,
    data,
    hint: hint === undefined ? paused : `${paused}; ${hint}`,
    cause,
  });
}

/** Ends a process that has not got past the saved moment. What cannot be done is told beside the error that led here. */
async function giveUp(folder: VmFolder, ports: QemuPorts, call: DriverCall): Promise<void> {
  try {
    await endVm(folder, 0, ports, { ...call, signal: AbortSignal.timeout(rescueMs) });
  } catch (error) {
    call.progress.warn(`${folder.id} does not go on, and its process does not end: ${messageOf(error)}`);
  }
}

async function load(folder: VmFolder, monitor: Monitor, call: MigrationCall): Promise<void> {
  try {
    await loadState(monitor, { path: folder.file(memoryFile), memory: "all" }, call);
  } catch (error) {
    throw error instanceof StateRefused ? cannotGoOn(folder, error.message) : error;
  }
}
