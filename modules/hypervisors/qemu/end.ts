import { rm } from "node:fs/promises";
import { isStackhouseError, messageOf } from "../../base/errors.ts";
import { waitUntil } from "../../base/wait.ts";
import { isErrno } from "../../system/files.ts";
import type { DriverCall } from "../driver.ts";
import type { ProcessRecord, VmFolder } from "./folder.ts";
import type { QemuPorts } from "./ports.ts";
import { findProcess, isOurs } from "./process.ts";
import { openMonitor } from "./qmp.ts";

const killDeadlineMs = 10_000;

/** Ends a VM's process: power button, and a kill after the grace. 0 kills at once. The caller holds the VM's lock. */
export async function endVm(folder: VmFolder, graceMs: number, ports: QemuPorts, call: DriverCall): Promise<void> {
  const found = await findProcess(folder);
  if (found.state === "running") {
    const { record } = found;
    if (graceMs <= 0 || !(await powerDown(folder, record, graceMs, ports, call))) {
      await killProcess(folder, record, ports, call);
    }
  }
  // Ended on purpose: nothing is left that a later look would call a crash.
  await rm(folder.processRecord, { force: true });
  await rm(folder.pidFile, { force: true });
}

/** True when the guest has shut down within the grace. */
async function powerDown(
  folder: VmFolder,
  record: ProcessRecord,
  graceMs: number,
  { clock }: QemuPorts,
  call: DriverCall,
): Promise<boolean> {
  try {
    {
      await using monitor = await openMonitor(folder.path, call.signal);
      await monitor.execute("system_powerdown");
    }
    await waitForEnd(folder, record, { ...call, clock, what: "the guest to shut down", deadlineMs: graceMs });
    return true;
  } catch (error) {
    call.signal.throwIfAborted();
    const slow = isStackhouseError(error, "deadline");
    call.progress.warn(slow ? "the guest did not shut down in time" : `the power button failed: ${messageOf(error)}`);
    return false;
  }
}

async function killProcess(
  folder: VmFolder,
  record: ProcessRecord,
  { clock }: QemuPorts,
  call: DriverCall,
): Promise<void> {
  if (!(await isOurs(record, folder))) return;
  try {
    process.kill(record.pid, "SIGKILL");
  } catch (error) {
    if (!isErrno(error, "ESRCH")) throw error;
  }
  await waitForEnd(folder, record, {
    ...call,
    clock,
    what: `process ${record.pid} to end`,
    deadlineMs: killDeadlineMs,
  });
}

async function waitForEnd(
  folder: VmFolder,
  record: ProcessRecord,
  options: Parameters<typeof waitUntil>[1],
): Promise<void> {
  await waitUntil<void>(
    async () =>
      (await isOurs(record, folder)) ? { done: false, reason: "it still runs" } : { done: true, value: undefined },
    { ...options, intervalMs: 50 },
  );
}
