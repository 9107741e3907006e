import { waitUntil } from "../../base/wait.ts";
import type { DriverCall, VmRunning, VmSpec } from "../driver.ts";
import { findAccelerator } from "./accelerator.ts";
import { asRunning, boot } from "./boot.ts";
import { endVm } from "./end.ts";
import type { VmFolder } from "./folder.ts";
import { writeIdentity } from "./identity.ts";
import { beginAsClone } from "./ladder.ts";
import type { QemuPorts } from "./ports.ts";
import { findProcess } from "./process.ts";
import { createOverlay, growDisk } from "./qemu-img.ts";
import { openMonitor } from "./qmp.ts";
import { requireDisk, requireMemory, warnOfScarceMemory } from "./resources.ts";
import { forgetMemory, isSuspended, resumeVm } from "./suspend.ts";
import { requireQemu } from "./version.ts";

const resumeDeadlineMs = 5_000;

/** Starts a VM that does not run; lets one go on that was paused. The caller holds the VM's lock. */
export async function startVm(folder: VmFolder, spec: VmSpec, ports: QemuPorts, call: DriverCall): Promise<VmRunning> {
  const found = await findProcess(folder);
  const unborn = await folder.isUnborn();
  if (found.state === "running" && unborn) await endVm(folder, 0, ports, call);
  else if (found.state === "running") {
    await folder.writeProcess(found.record);
    // Saved, and not ended: its disk goes on without that memory.
    await forgetMemory(folder);
    await resume(folder, ports, call);
    return asRunning(found.record, await folder.readForwards());
  }
  requireMemory(spec.memoryMiB);
  await warnOfScarceMemory(spec.memoryMiB, call.progress);
  await requireDisk(folder.path);
  const qemuVersion = await requireQemu(ports.runner, call.signal);
  const { diskGiB } = spec;
  // What an earlier beginning left of the disk was nobody's.
  if (unborn) await createOverlay({ folder, diskGiB, on: "base.qcow2" }, ports, call);
  else await growDisk(folder, diskGiB, ports, call);
  const { kernel } = folder;
  const { accelerator } = await findAccelerator({ ...ports, kernel, qemuVersion, signal: call.signal });
  await writeIdentity(folder.identity, spec);
  const { kernelArguments } = await folder.readBoot();
  const starting = { folder, spec, machine: { spec, kernelArguments, accelerator }, qemuVersion };
  const resumed = (await isSuspended(folder)) ? await resumeVm(starting, ports, call) : undefined;
  if (resumed !== undefined) return resumed;
  const started =
    unborn && spec.start !== "cold" ? await beginAsClone(starting, ports, call) : await boot(starting, "", ports, call);
  await folder.bear();
  return started;
}

/** QEMU pauses a VM whose writes find the workstation's disk full: it goes on when there is room again. */
async function resume(folder: VmFolder, ports: QemuPorts, call: DriverCall): Promise<void> {
  await using monitor = await openMonitor(folder.path, call.signal);
  if ((await monitor.status()) === "running") return;
  await requireDisk(folder.path);
  await monitor.execute("cont");
  await waitUntil(
    async () => {
      const status = await monitor.status();
      return status === "running" ? { done: true, value: undefined } : { done: false, reason: status };
    },
    { ...call, clock: ports.clock, what: "the VM to go on", deadlineMs: resumeDeadlineMs },
  );
}
