import { rm } from "node:fs/promises";
import type { Clock } from "../../../base/clock.ts";
import { isStackhouseError, messageOf, StackhouseError } from "../../../base/errors.ts";
import { waitUntil, type Attempt, type WaitOptions } from "../../../base/wait.ts";
import { isErrno } from "../../../system/files.ts";
import type { DriverCall } from "../../driver.ts";
import { takenBy, type ProcessRecord, type VmFolder } from "../folder.ts";
import type { QemuPorts } from "../ports.ts";
import { findProcess, hasEnded, isOurs, wake } from "./process.ts";
import { openMonitor } from "./qmp.ts";

const killDeadlineMs = 10_000;
const quitDeadlineMs = 30_000;
/** Shorter than a guest takes to boot, longer than one takes to hear it. */
const pressAgainMs = 3_000;

/** How a VM came to have no process. `absent`: it had none. */
export type Ended = "shut-down" | "killed" | "absent";

/**
 * Ends a VM's process: power button, and a kill after the grace. 0 kills at once. So it does with a clone of a pool that the VM was
 * about to become. The caller holds the VM's lock.
 */
export async function endVm(folder: VmFolder, graceMs: number, ports: QemuPorts, call: DriverCall): Promise<Ended> {
  const ended = await endProcess(folder, graceMs, ports, call);
  const taken = takenBy(folder);
  await endProcess(taken, 0, ports, call);
  await rm(taken.path, { recursive: true, force: true });
  // Ended on purpose: nothing is left that a later look would call a crash.
  await rm(folder.processRecord, { force: true });
  await rm(folder.pidFile, { force: true });
  return ended;
}

/** Ends it at once, and removes its folder. */
export async function discard(folder: VmFolder, ports: QemuPorts, call: DriverCall): Promise<void> {
  await endVm(folder, 0, ports, call);
  await folder.remove();
}

/** Discards whatever became of the call. What cannot be done is told. */
export async function discardAtLast(folder: VmFolder, ports: QemuPorts, call: DriverCall): Promise<void> {
  const last = { ...call, signal: AbortSignal.timeout(quitDeadlineMs) };
  await discard(folder, ports, last).catch((error: unknown) => {
    call.progress.warn(`what is left of a VM that was not to stay is in ${folder.path}: ${messageOf(error)}`);
  });
}

async function endProcess(folder: VmFolder, graceMs: number, ports: QemuPorts, call: DriverCall): Promise<Ended> {
  const found = await findProcess(folder);
  switch (found.state) {
    case "none":
      return "absent";
    case "vanished":
      await untilVanished(folder, found.record, ports, call);
      return "absent";
    case "running": {
      const { record } = found;
      const ending = { folder, record, clock: ports.clock };
      if (graceMs > 0) {
        wake(record);
        if (await powerDown(ending, graceMs, call)) return "shut-down";
      }
      await killProcess(ending, call);
      return "killed";
    }
  }
}

/**
 * Waits until a process that was started here, and is not known by the mark of its folder any more, has ended. One that was killed a
 * moment ago lets go of its disks and ports later than of its command line.
 *
 * @throws `vm.damaged` where it runs on: it has the disks, and whoever removed them would take them from a running guest
 */
export async function untilVanished(
  folder: VmFolder,
  record: ProcessRecord,
  ports: QemuPorts,
  call: DriverCall,
): Promise<void> {
  const onDeadline = (): StackhouseError =>
    new StackhouseError(
      "vm.damaged",
      `the VM ${folder.id} has its process ${record.pid} still, which does not carry the mark of ${folder.path}`,
      { hint: `was it started through another path to that folder? Use that, or end the process: kill ${record.pid}` },
    );
  await untilEnded(record, { ...call, clock: ports.clock, onDeadline });
}

interface Ending {
  readonly folder: VmFolder;
  readonly record: ProcessRecord;
  readonly clock: Clock;
}

/**
 * True when the guest has shut down within the grace. The button is pressed until it is heard: nobody listens in a guest that is
 * still booting, and a press is no more than one event. A press that fails is repeated too: a busy QEMU answers late, and one that
 * is ending has no button any more.
 */
async function powerDown(ending: Ending, graceMs: number, call: DriverCall): Promise<boolean> {
  const { record, clock } = ending;
  let pressedAt = Number.NEGATIVE_INFINITY;
  let reason = "it still runs";
  const attempt = async (): Promise<Attempt<undefined>> => {
    if (await hasEnded(record)) return { done: true, value: undefined };
    if (clock.now() - pressedAt < pressAgainMs) return { done: false, reason };
    reason = await press(ending, call).then(
      () => "it still runs",
      (error: unknown) => `the power button failed: ${messageOf(error)}`,
    );
    call.signal.throwIfAborted();
    pressedAt = clock.now();
    return { done: false, reason };
  };
  try {
    const wait = { ...call, clock, what: "the guest to shut down", deadlineMs: graceMs, intervalMs: 50 };
    await waitUntil(attempt, wait);
    return true;
  } catch (error) {
    call.signal.throwIfAborted();
    if (!isStackhouseError(error, "deadline")) throw error;
    call.progress.warn(`the guest did not shut down in time: ${reason}`);
    return false;
  }
}

async function press({ folder }: Ending, call: DriverCall): Promise<void> {
  await using monitor = await openMonitor(folder.path, call.signal);
  await monitor.execute("system_powerdown");
}

async function killProcess({ folder, record, clock }: Ending, call: DriverCall): Promise<void> {
  if (!(await isOurs(record, folder))) return;
  try {
    process.kill(record.pid, "SIGKILL");
  } catch (error) {
    if (!isErrno(error, "ESRCH")) throw error;
  }
  await untilEnded(record, { ...call, clock });
}

/** Waits until a process that was killed has let go of its disks and ports. */
async function untilEnded(
  record: ProcessRecord,
  wait: Pick<WaitOptions, "signal" | "progress" | "clock" | "onDeadline">,
): Promise<void> {
  await waitUntil(
    async () =>
      (await hasEnded(record)) ? { done: true, value: undefined } : { done: false, reason: "it still runs" },
    { ...wait, what: `process ${record.pid} to end`, deadlineMs: killDeadlineMs, intervalMs: 50 },
  );
}
