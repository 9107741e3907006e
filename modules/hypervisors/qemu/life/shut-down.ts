import { messageOf } from "../../../base/errors.ts";
import type { DriverCall } from "../../driver.ts";
import { endVm } from "../program/end.ts";
import type { VmFolder } from "../folder.ts";
import { applyForwards } from "../network/usernet.ts";
import type { QemuPorts } from "../ports.ts";
import { findProcess } from "../program/process.ts";
import { openMonitor } from "../program/qmp.ts";
import { goOn, resumeForItsEnd } from "./start.ts";
import { forgetMemory, isPaused } from "./pause.ts";

// A guest that stands still hears no power button, and what it has in memory is on no disk yet. So whatever ends a VM in good order lets it
// go on first.

/** A guest shuts down within seconds; one that hangs is not waited for longer. */
const shutDownMs = 45_000;
const reopenMs = 10_000;

/**
 * Ends a VM by its power button, and by a kill after the grace; 0 kills at once. A paused one that cannot go on stays paused, and is
 * an error. The caller holds the VM's lock.
 */
export async function stopVm(folder: VmFolder, graceMs: number, ports: QemuPorts, call: DriverCall): Promise<void> {
  if (graceMs === 0) await endVm(folder, 0, ports, call);
  else {
    await orReopen(folder, call, async () => {
      const obstacle = await letGoOn(folder, ports, call);
      if (obstacle !== undefined) {
        if (await isPaused(folder)) throw obstacle;
        call.progress.warn(`the guest of ${folder.id} may not hear its power button: ${obstacle.message}`);
      }
      await endVm(folder, graceMs, ports, call);
    });
  }
  await forgetMemory(folder);
}

/**
 * Ends a VM some of whose disks outlive it. What its guest has not written yet is on none of them, so it shuts down by itself. Where that
 * does not come about, the disks are as after a power cut, which is told. The caller holds the VM's lock.
 */
export async function endWritingBack(
  folder: VmFolder,
  disks: readonly string[],
  ports: QemuPorts,
  call: DriverCall,
): Promise<void> {
  await orReopen(folder, call, async () => {
    const obstacle = await letGoOn(folder, ports, call);
    const ended = await endVm(folder, shutDownMs, ports, call);
    if (ended === "shut-down" || (ended === "absent" && obstacle === undefined)) return;
    const because = obstacle === undefined ? "" : `: ${obstacle.message}`;
    const they = disks.length === 1 ? "its data disk is" : "its data disks are";
    call.progress.warn(
      `the guest of ${folder.id} could not shut down, and what it had not written is lost: ${they} kept as after a power cut (${disks.join(", ")})${because}`,
    );
  });
}

/** Lets a guest go on that stands still, paused or halted, and gives what keeps it from that. */
async function letGoOn(folder: VmFolder, ports: QemuPorts, call: DriverCall): Promise<Error | undefined> {
  if (await folder.isUnborn()) return undefined;
  try {
    if (await isPaused(folder)) {
      const spec = await folder.readSpec();
      if (spec !== undefined) await resumeForItsEnd(folder, spec, ports, call);
      return undefined;
    }
    const found = await findProcess(folder);
    if (found.state === "running") await goOn(folder, found.record, ports, call);
    return undefined;
  } catch (error) {
    call.signal.throwIfAborted();
    return error instanceof Error ? error : new Error(messageOf(error));
  }
}

/** An ending that was cut may leave a VM that was resumed for it, and runs: then its ports lead into it again. */
async function orReopen(folder: VmFolder, { progress }: DriverCall, end: () => Promise<void>): Promise<void> {
  try {
    await end();
  } catch (error) {
    await reopen(folder, AbortSignal.timeout(reopenMs)).catch((obstacle: unknown) => {
      progress.warn(`not all ports lead into ${folder.id} again: ${messageOf(obstacle)}`);
    });
    throw error;
  }
}

async function reopen(folder: VmFolder, signal: AbortSignal): Promise<void> {
  if ((await findProcess(folder)).state !== "running" || (await folder.isUnborn()) || (await isPaused(folder))) return;
  await using monitor = await openMonitor(folder.path, signal);
  await applyForwards(monitor, await folder.readForwards());
}
