import { messageOf } from "../../../base/errors.ts";
import type { DriverCall } from "../../driver.ts";
import { endVm } from "./end.ts";
import type { VmFolder } from "../folder.ts";
import type { QemuPorts } from "../ports.ts";
import { findProcess } from "../program/process.ts";
import { startVm } from "./start.ts";
import { isSuspended } from "./suspend.ts";

/** A guest shuts down within seconds; one that hangs is not waited for longer. */
const shutDownMs = 45_000;

/**
 * Ends a VM some of whose disks outlive it. What its guest has not written yet is on none of them, so it shuts down by itself; one that
 * stands still goes on first. Where that does not come about, the disks are as after a power cut, which is told. The caller holds the
 * VM's lock.
 */
export async function endWritingBack(
  folder: VmFolder,
  disks: readonly string[],
  ports: QemuPorts,
  call: DriverCall,
): Promise<void> {
  const obstacle = await letGoOn(folder, ports, call);
  const ended = await endVm(folder, shutDownMs, ports, call);
  if (ended === "shut-down" || (ended === "absent" && obstacle === undefined)) return;
  const because = obstacle === undefined ? "" : `: ${messageOf(obstacle)}`;
  const they = disks.length === 1 ? "its data disk is" : "its data disks are";
  call.progress.warn(
    `the guest of ${folder.id} could not shut down, and what it had not written is lost: ${they} kept as after a power cut (${disks.join(", ")})${because}`,
  );
}

/** Lets a guest go on that stands still, suspended or halted, and gives what keeps it from that. */
async function letGoOn(folder: VmFolder, ports: QemuPorts, call: DriverCall): Promise<unknown> {
  const runs = (await findProcess(folder)).state === "running";
  if ((!runs && !(await isSuspended(folder))) || (await folder.isUnborn())) return undefined;
  try {
    const spec = await folder.readSpec();
    if (spec === undefined) return undefined;
    // Nobody comes to it any more, and no port that has gone to another keeps it from going on.
    if (!runs) await folder.writeForwards([]);
    await startVm(folder, spec, ports, call);
    return undefined;
  } catch (error) {
    call.signal.throwIfAborted();
    return error;
  }
}
