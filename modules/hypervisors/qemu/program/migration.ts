import * as z from "zod";
import { StackhouseError } from "../../../base/errors.ts";
import type { Progress } from "../../../base/progress.ts";
import { waitUntil } from "../../../base/wait.ts";
import type { Clock } from "../../../base/clock.ts";
import { CommandRefused, type Monitor } from "./qmp.ts";
import { exhaustion } from "./resources.ts";

export interface SavedState {
  readonly path: string;
  readonly memory: SavedMemory;
}

export interface MigrationCall {
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly progress: Progress;
}

/** A gigabyte of memory takes seconds; the rest is for large VMs and slow disks. */
const deadlineMs = 180_000;
const statusSchema = z.object({ status: z.string().optional(), "error-desc": z.string().optional() });

/** A state that QEMU does not take: it is damaged, or of another machine. */
export class StateRefused extends StackhouseError {
  constructor(reason: string) {
    super("image.corrupt", `QEMU does not take the saved state: ${reason}`);
  }
}

/**
 * What a state has besides the devices: `all` of the memory, or `unshared` memory. What is a shared file is not written then: who
 * maps the file has it. Source: QEMU, docs/system/vm-templating.rst.
 */
export type SavedMemory = "all" | "unshared";

function capabilitiesFor(memory: SavedMemory): Readonly<Record<string, unknown>> {
  return { capabilities: [{ capability: "x-ignore-shared", state: memory === "unshared" }] };
}

/** Files are written as fast as the disk is: QEMU's own limit is for networks. Bytes a second. */
const bandwidth = { "max-bandwidth": 10 * 1024 ** 3 };

/** Writes the state of a VM to a file. It is left stopped. */
export async function saveState(monitor: Monitor, { path, memory }: SavedState, call: MigrationCall): Promise<void> {
  await monitor.execute("stop");
  await monitor.execute("migrate-set-capabilities", capabilitiesFor(memory));
  await monitor.execute("migrate-set-parameters", bandwidth);
  await monitor.execute("migrate", channelTo(path));
  await untilCompleted(monitor, "the VM's state to be saved", call);
}

/** What QEMU has given up, and why, where the workstation is not out of something. */
class MigrationFailed extends StackhouseError {
  constructor(what: string, reason: string) {
    super("vm.exited", `QEMU gave up while waiting for ${what}: ${reason}`);
  }
}

/**
 * Gives a VM that was started for it the state in a file. It is left paused.
 *
 * @throws StateRefused where QEMU says that it does not take the state. That its process ended says nothing about the state
 *   (`vm.exited`), nor does a workstation that is busy (`deadline`) or out of memory (`vm.memory-too-small`).
 */
export async function loadState(monitor: Monitor, { path, memory }: SavedState, call: MigrationCall): Promise<void> {
  await monitor.execute("migrate-set-capabilities", capabilitiesFor(memory));
  try {
    // It would end, and not say why. Source: QEMU 9.1, qapi/migration.json.
    await monitor.execute("migrate-incoming", { ...channelTo(path), "exit-on-error": false });
    await untilCompleted(monitor, "the VM's state to be loaded", call);
  } catch (error) {
    if (!(error instanceof CommandRefused || error instanceof MigrationFailed)) throw error;
    throw exhaustion(error.message) ?? new StateRefused(error.message);
  }
}

/** Not as a URI, in which a comma of the path would begin an option. */
function channelTo(path: string): Readonly<Record<string, unknown>> {
  const addr = { transport: "file", filename: path, offset: 0 };
  return { channels: [{ "channel-type": "main", addr }] };
}

/** Gives up what is being saved, and lets the VM run. */
export async function letGoOn(monitor: Monitor, call: MigrationCall): Promise<void> {
  await monitor.execute("migrate_cancel");
  // It takes effect later, and until then QEMU refuses to go on.
  await waitUntil(
    async () => {
      const { status = "none" } = statusSchema.parse(await monitor.execute("query-migrate"));
      return over.has(status) ? { done: true, value: undefined } : { done: false, reason: status };
    },
    { ...call, what: "the saving of the VM's state to end", deadlineMs: cancelDeadlineMs, intervalMs: 50 },
  );
  await monitor.execute("cont");
  await waitUntil(
    async () => {
      const status = await monitor.status();
      return status === "running" ? { done: true, value: undefined } : { done: false, reason: status };
    },
    { ...call, what: "the VM to go on", deadlineMs: cancelDeadlineMs },
  );
}

/** Source: QEMU, qapi/migration.json, MigrationStatus. */
const over: ReadonlySet<string> = new Set(["none", "cancelled", "completed", "failed"]);
const cancelDeadlineMs = 10_000;

async function untilCompleted(monitor: Monitor, what: string, call: MigrationCall): Promise<void> {
  await waitUntil(
    async () => {
      const { status, ...found } = statusSchema.parse(await monitor.execute("query-migrate"));
      if (status === "completed") return { done: true, value: undefined };
      if (status === "failed" || status === "cancelled") {
        const reason = found["error-desc"] ?? status;
        throw exhaustion(reason) ?? new MigrationFailed(what, reason);
      }
      return { done: false, reason: status ?? "not begun" };
    },
    { ...call, what, deadlineMs, intervalMs: 5 },
  );
}
