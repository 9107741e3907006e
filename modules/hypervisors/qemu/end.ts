import { rm } from "node:fs/promises";
import type { Clock } from "../../base/clock.ts";
import { isStackhouseError, messageOf } from "../../base/errors.ts";
import { waitUntil } from "../../base/wait.ts";
import { isErrno } from "../../system/files.ts";
import type { DriverCall } from "../driver.ts";
import type { ProcessRecord, VmFolder } from "./folder.ts";
import type { QemuPorts } from "./ports.ts";
import { findProcess, hasEnded, isOurs } from "./process.ts";
import { openMonitor } from "./qmp.ts";

const killDeadlineMs = 10_000;

/** Ends a VM's process: power button, and a kill after the grace. 0 kills at once. The caller holds the VM's lock. */
export async function endVm(folder: VmFolder, graceMs: number, ports: QemuPorts, call: DriverCall): Promise<void> {
  const found = await findProcess(folder);
  if (found.state === "running") {
    const { record } = found;
    const ending = { folder, record, clock: ports.clock };
    if (graceMs <= 0 || !(await powerDown(ending, graceMs, call))) await killProcess(ending, call);
  }
  // Ended on purpose: nothing is left that a later look would call a crash.
  await rm(folder.processRecord, { force: true });
  await rm(folder.pidFile, { force: true });
}

interface Ending {
  readonly folder: VmFolder;
  readonly record: ProcessRecord;
  readonly clock: Clock;
}

/** True when the guest has shut down within the grace. */
async function powerDown(ending: Ending, graceMs: number, call: DriverCall): Promise<boolean> {
  try {
    {
      await using monitor = await openMonitor(ending.folder.path, call.signal);
      await monitor.execute("system_powerdown");
    }
    await waitForEnd(ending, "the guest to shut down", graceMs, call);
    return true;
  } catch (error) {
    call.signal.throwIfAborted();
    const slow = isStackhouseError(error, "deadline");
    call.progress.warn(slow ? "the guest did not shut down in time" : `the power button failed: ${messageOf(error)}`);
    return false;
  }
}

async function killProcess(ending: Ending, call: DriverCall): Promise<void> {
  const { record, folder } = ending;
  if (!(await isOurs(record, folder))) return;
  try {
    process.kill(record.pid, "SIGKILL");
  } catch (error) {
    if (!isErrno(error, "ESRCH")) throw error;
  }
  await waitForEnd(ending, `process ${record.pid} to end`, killDeadlineMs, call);
}

async function waitForEnd(ending: Ending, what: string, deadlineMs: number, call: DriverCall): Promise<void> {
  const { record, clock } = ending;
  await waitUntil(
    async () =>
      (await hasEnded(record)) ? { done: true, value: undefined } : { done: false, reason: "it still runs" },
    { ...call, clock, what, deadlineMs, intervalMs: 50 },
  );
}
