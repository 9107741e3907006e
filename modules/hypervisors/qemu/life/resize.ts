import { StackhouseError } from "../../../base/errors.ts";
import type { DriverCall, VmSpec } from "../../driver.ts";
import { fitDisks } from "../disks/data-disks.ts";
import type { VmFolder } from "../folder.ts";
import { letGuestUseDisks } from "../guest/use-disks.ts";
import type { QemuPorts } from "../ports.ts";
import { findProcess } from "../program/process.ts";
import { openMonitor } from "../program/qmp.ts";

/**
 * Gives a VM that runs the disks of its definition, and waits until its guest uses them. The caller holds the VM's lock.
 *
 * @throws `vm.not-running` for one that does not run, `vm.unreachable` where its guest cannot use them
 */
export async function resizeVm(folder: VmFolder, spec: VmSpec, ports: QemuPorts, call: DriverCall): Promise<void> {
  if ((await findProcess(folder)).state !== "running" || (await folder.isUnborn())) {
    throw new StackhouseError("vm.not-running", `the VM ${folder.id} does not run`, {
      hint: `stackhouse host start ${folder.id} starts it`,
    });
  }
  await fitDisksOf(folder, spec, call);
  await letGuestUseDisks(folder, spec, ports, call);
}

/** Gives a running process the disks of its VM's definition, and whether anything changed. */
export async function fitDisksOf(folder: VmFolder, spec: VmSpec, call: DriverCall): Promise<boolean> {
  await using monitor = await openMonitor(folder.path, call.signal);
  return await fitDisks(folder, spec, monitor);
}
