import { StackhouseError } from "../../base/errors.ts";
import { waitUntil } from "../../base/wait.ts";
import type { DriverCall, VmRunning, VmSpec } from "../driver.ts";
import { findAccelerator } from "./accelerator.ts";
import { qemuArguments } from "./argv.ts";
import type { ProcessRecord, StoredForward, VmFolder } from "./folder.ts";
import { asBound, forwardsForStart } from "./forward.ts";
import { writeIdentity } from "./identity.ts";
import { launch, PortLost } from "./launch.ts";
import type { QemuPorts } from "./ports.ts";
import { findProcess } from "./process.ts";
import { growDisk } from "./qemu-img.ts";
import { openMonitor } from "./qmp.ts";
import { requireDisk, requireMemory, warnOfScarceMemory } from "./resources.ts";
import { requireQemu } from "./version.ts";

const launchAttempts = 5;
const resumeDeadlineMs = 5_000;

/** Starts a VM that does not run; lets one go on that was paused. The caller holds the VM's lock. */
export async function startVm(folder: VmFolder, spec: VmSpec, ports: QemuPorts, call: DriverCall): Promise<VmRunning> {
  const found = await findProcess(folder);
  if (found.state === "running") {
    await folder.writeProcess(found.record);
    await resume(folder, ports, call);
    return asRunning(found.record, await folder.readForwards());
  }
  requireMemory(spec.memoryMiB);
  await warnOfScarceMemory(spec.memoryMiB, call.progress);
  await requireDisk(folder.path);
  const qemuVersion = await requireQemu(ports.runner, call.signal);
  await growDisk(folder, spec.diskGiB, ports, call);
  const { kernel } = folder;
  const { accelerator } = await findAccelerator({ ...ports, kernel, qemuVersion, signal: call.signal });
  await writeIdentity(folder.identity, spec);
  const { kernelArguments } = await folder.readBoot();
  for (let attempt = 1; ; attempt++) {
    const forwards = await forwardsForStart(folder, ports, call);
    const argv = qemuArguments({ spec, kernelArguments, accelerator, forwards, folder: folder.path });
    try {
      return asRunning(await launch(folder, argv, ports, call), forwards);
    } catch (error) {
      if (!(error instanceof PortLost)) throw error;
      if (attempt >= launchAttempts) throw new StackhouseError("vm.port-taken", error.message);
    }
  }
}

function asRunning(record: ProcessRecord, forwards: readonly StoredForward[]): VmRunning {
  const { pid, hypervisorClass } = record;
  return { pid, hypervisorClass, forwards: forwards.map(asBound) };
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
