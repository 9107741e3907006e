import { randomBytes } from "node:crypto";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { messageOf } from "../../../base/errors.ts";
import { templateKind } from "../../../images/index.ts";
import type { CacheKind } from "../../../system/cache.ts";
import { namesIn } from "../../../system/files.ts";
import { acquireLock } from "../../../system/lock.ts";
import type { Home } from "../../../system/home.ts";
import { vmName, type DriverCall } from "../../driver.ts";
import { endVm } from "../life/end.ts";
import { listVmFolders, vmFolder, type VmFolder } from "../folder.ts";
import type { QemuPorts } from "../ports.ts";

/** Enough to take over the lock of a process that died. */
const lockMs = 300;
const quitDeadlineMs = 30_000;

/**
 * Where VMs are that nobody has asked for: templates that are being made, and trials. Each is under the lock of its name, so that what
 * a killed run has left is told from the rest, and removed with its process (`removeKilledTemplates`).
 */
export function makingFolder({ cache }: Home): string {
  return join(cache.templates, "making");
}

/** Names of what is there, and of trials of which a run that was killed has left only the lock: nobody takes that name again. */
export async function namesInMaking(home: Home): Promise<readonly string[]> {
  const locked = (await namesIn(home.cache.templates)).flatMap((name) => lockOfTrial.exec(name)?.[1] ?? []);
  return [...new Set([...(await listVmFolders(makingFolder(home))), ...locked])];
}

const lockOfTrial = /^(trial-[0-9a-f]{16})\.lock$/u;

/** Those VMs as a part of the cache: it tells what runs are at work with, and what killed ones have left. */
export function makingKind(ports: QemuPorts): CacheKind {
  const folder = makingFolder(ports.home);
  return {
    what: "unfinished VM template",
    folder,
    isEntry: (name) => vmName.test(name),
    lockOf: templateKind(ports.home).lockOf,
    ofRuns: true,
    end: (name, call) => discard(vmFolder(folder, name), ports, call),
  };
}

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

/** Tries something of QEMU in a folder of its own, of which nothing stays. */
export async function inTrial<T>(
  ports: QemuPorts,
  call: DriverCall,
  trial: (folder: VmFolder) => Promise<T>,
): Promise<T> {
  const { home, clock } = ports;
  const name = `trial-${randomBytes(8).toString("hex")}`;
  await mkdir(home.cache.templates, { recursive: true, mode: 0o700 });
  const held = { ...call, clock, purpose: "trying QEMU", deadlineMs: lockMs };
  await using _lock = await acquireLock(templateKind(home).lockOf(name), held);
  const folder = vmFolder(makingFolder(home), name);
  await mkdir(folder.path, { recursive: true, mode: 0o700 });
  try {
    return await trial(folder);
  } finally {
    await discardAtLast(folder, ports, call);
  }
}

/** What every trial's command line begins with. */
export async function trialArguments(folder: VmFolder): Promise<readonly string[]> {
  return [
    ...["-name", `stackhouse-trial-${await folder.mark()}`, "-pidfile", "qemu.pid"],
    ...["-nodefaults", "-no-user-config", "-display", "none"],
  ];
}
