import { bootId } from "../../../system/boot-id.ts";
import { acquireLock } from "../../../system/lock.ts";
import type { DriverCall, VmExit, VmInspection } from "../../driver.ts";
import type { ProcessRecord, VmFolder } from "../folder.ts";
import { namesOf } from "../disks/data-disks.ts";
import { disksOfVm, leftDisks, outlivingDisks } from "../disks/retained.ts";
import { asBound } from "../network/forward.ts";
import { tailOf } from "../program/lines.ts";
import type { QemuPorts } from "../ports.ts";
import { findProcess, isHalted } from "../program/process.ts";
import { openMonitor } from "../program/qmp.ts";
import { isPaused } from "./pause.ts";

/** A VM that is being worked on is not asked for details: it is running, as far as its process goes. */
const lockDeadlineMs = 500;
/** One that is slow to answer runs, as far as its process goes. */
const lookMs = 3_000;

export async function inspectVm(folder: VmFolder, ports: QemuPorts, call: DriverCall): Promise<VmInspection> {
  const spec = await folder.readSpec();
  if (spec === undefined) {
    const left = await leftDisks(folder.id, ports);
    return { state: "absent", ...(left.length === 0 ? {} : { keptDisks: left }) };
  }
  const forwards = (await folder.readForwards()).map(asBound);
  const { made, unnamed } = await disksOfVm(folder, namesOf(spec), ports);
  const outliving = outlivingDisks(spec, await folder.readDataDisks());
  const kept = {
    spec,
    forwards,
    ...(made.length === 0 ? {} : { madeDisks: made }),
    ...(unnamed.length === 0 ? {} : { keptDisks: unnamed }),
    ...(outliving.length === 0 ? {} : { outlivingDisks: outliving }),
  };
  // A process that is there has not got past what is saved.
  if (await isPaused(folder)) return { state: "paused", ...kept };
  const found = await findProcess(folder);
  switch (found.state) {
    case "running": {
      const { pid, hypervisorClass, start } = found.record;
      const present = { ...kept, pid, hypervisorClass, start };
      const reason = await reasonOfPause(folder, found.record, ports, call);
      return reason === undefined ? { state: "running", ...present } : { state: "halted", reason, ...present };
    }
    case "vanished":
      return { state: "stopped", ...kept, lastExit: await exitOf(folder, found.record) };
    case "none":
      return { state: "stopped", ...kept };
  }
}

/** As a person is told. Source: QEMU, qapi/run-state.json, RunState. */
const reasons: Readonly<Record<string, string>> = {
  "io-error": "the disk of the workstation is full, or fails",
  "finish-migrate": "its memory is being saved",
  postmigrate: "the saving of its memory was cut off",
  prelaunch: "its start was cut off",
  paused: "it stands still, as its start or the saving of its memory was cut off",
  "internal-error": "its hypervisor has failed",
};

async function reasonOfPause(
  folder: VmFolder,
  record: ProcessRecord,
  { clock }: QemuPorts,
  call: DriverCall,
): Promise<string | undefined> {
  if (await folder.isUnborn()) return "it has no identity yet";
  if (await isHalted(record)) return "a signal has stopped its process";
  try {
    const purpose = `looking at the VM ${folder.id}`;
    await using _lock = await acquireLock(folder.lock, { ...call, clock, purpose, deadlineMs: lockDeadlineMs });
    const look = AbortSignal.any([call.signal, AbortSignal.timeout(lookMs)]);
    await using monitor = await openMonitor(folder.path, look);
    const status = await monitor.status();
    return status === "running" ? undefined : (reasons[status] ?? status);
  } catch {
    call.signal.throwIfAborted();
    // A busy machine's QEMU may be slow to answer, and one that ends is found ended at the next look.
    return undefined;
  }
}

async function exitOf(folder: VmFolder, record: ProcessRecord): Promise<VmExit> {
  if (record.bootId !== (await bootId())) {
    return { how: "workstation-restarted", reason: "the workstation was restarted" };
  }
  const last = await tailOf(folder.serialLog, 3);
  return last.some((line) => line.includes("reboot: Power down"))
    ? { how: "guest-shut-down", reason: "the guest shut itself down" }
    : { how: "process-ended", reason: `its process ${record.pid} was killed or crashed` };
}
