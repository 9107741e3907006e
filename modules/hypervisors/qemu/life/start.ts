import { rm } from "node:fs/promises";
import type { DriverCall, VmRunning, VmSpec } from "../../driver.ts";
import { findAccelerator } from "../program/accelerator.ts";
import { asRunning, boot, withForwards } from "./boot.ts";
import { setGuestClock } from "../guest/clock.ts";
import { growDisks, makeDataDisks, namesOf, noteGiven, placesOf } from "../disks/data-disks.ts";
import { endVm, untilVanished } from "../program/end.ts";
import { takenBy, type ProcessRecord, type VmFolder } from "../folder.ts";
import { writeIdentity } from "../guest/identity.ts";
import { beginAsClone, type Beginning } from "./ladder.ts";
import { letGoOn } from "../program/migration.ts";
import type { QemuPorts } from "../ports.ts";
import { findProcess, isHalted, wake } from "../program/process.ts";
import { createOverlay } from "../disks/qemu-img.ts";
import { openMonitor } from "../program/qmp.ts";
import { requireDisk, requireMemory, warnOfScarceMemory } from "../program/resources.ts";
import { forgetMemory, isPaused, resumeVm } from "./pause.ts";
import { finishTakingOver } from "../disks/take-over.ts";
import { kernelArgumentsHere } from "../program/tsc.ts";
import { requireQemu } from "../program/version.ts";

/** A guest that has gone on answers in milliseconds; the rest is for busy machines. */
const clockDeadlineMs = 30_000;

/** Starts a VM that does not run; lets one go on that was paused. The caller holds the VM's lock. */
export async function startVm(folder: VmFolder, spec: VmSpec, ports: QemuPorts, call: DriverCall): Promise<VmRunning> {
  const unborn = await folder.isUnborn();
  if (unborn) await finishTakingOver(folder);
  const paused = await isPaused(folder);
  // Of a pausing that was cut: without its record it is worth nothing.
  if (!paused) await forgetMemory(folder);
  const found = await findProcess(folder);
  if (unborn) await endVm(folder, 0, ports, call);
  else if (found.state === "running" && !paused) {
    await folder.writeProcess(found.record);
    await goOn(folder, found.record, ports, call);
    return asRunning(found.record, await folder.readForwards());
  }
  // One that was killed a moment ago may have its disk still.
  if (found.state === "vanished") await untilVanished(folder, found.record, ports, call);
  await rm(takenBy(folder).path, { recursive: true, force: true });
  if (paused) {
    const starting = await startingOf(folder, spec, ports, call);
    return await resumeVm(starting, (start) => withForwards(folder, ports, call, start), ports, call);
  }
  // A removal that was cut may have taken some out.
  await makeDataDisks(folder, spec, ports, call);
  const starting = await startingOf(folder, spec, ports, call);
  // What an earlier beginning left of the disk was nobody's.
  if (unborn) await createOverlay({ folder, diskGiB: spec.diskGiB, on: "base.qcow2" }, ports, call);
  await growDisks(folder, spec, ports, call);
  await noteGiven(folder, namesOf(spec));
  await writeIdentity(folder, spec);
  const started =
    unborn && spec.start !== "cold" ? await beginAsClone(starting, ports, call) : await boot(starting, "", ports, call);
  await folder.bear();
  return started;
}

/** Lets a paused VM go on only to be ended: nobody comes to it any more, and no port that has gone to another keeps it from going on. */
export async function resumeForItsEnd(
  folder: VmFolder,
  spec: VmSpec,
  ports: QemuPorts,
  call: DriverCall,
): Promise<void> {
  await resumeVm(await startingOf(folder, spec, ports, call), (start) => start([]), ports, call);
}

/** What it takes to start a VM, and what it is started as. */
async function startingOf(folder: VmFolder, spec: VmSpec, ports: QemuPorts, call: DriverCall): Promise<Beginning> {
  requireMemory(spec.memoryMiB);
  await warnOfScarceMemory(spec.memoryMiB, call.progress);
  await requireDisk(folder.path);
  const qemuVersion = await requireQemu(ports.runner, call.signal);
  const { kernel } = folder;
  const { accelerator } = await findAccelerator({ kernel, qemuVersion }, ports, call);
  const boots = await folder.readBoot();
  const kernelArguments = await kernelArgumentsHere(boots.kernelArguments, { accelerator, qemuVersion }, ports, call);
  const dataDisks = await placesOf(folder, namesOf(spec));
  return { folder, spec, machine: { spec, kernelArguments, accelerator, dataDisks }, qemuVersion };
}

/** Lets go on what stands still, and gives its guest the time. */
export async function goOn(folder: VmFolder, record: ProcessRecord, ports: QemuPorts, call: DriverCall): Promise<void> {
  const wasHalted = await isHalted(record);
  wake(record);
  const wasPaused = await unpause(folder, ports, call);
  // One that ran all along keeps its own clock, and may be booting.
  if (wasHalted || wasPaused) await setGuestClock(folder, clockDeadlineMs, ports, call);
}

/** QEMU pauses a VM whose writes find the workstation's disk full; a killed run may have left one paused, too. */
async function unpause(folder: VmFolder, ports: QemuPorts, call: DriverCall): Promise<boolean> {
  await using monitor = await openMonitor(folder.path, call.signal);
  if ((await monitor.status()) === "running") return false;
  await requireDisk(folder.path);
  await letGoOn(monitor, { ...call, clock: ports.clock });
  return true;
}
