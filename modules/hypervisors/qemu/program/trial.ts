import { randomBytes } from "node:crypto";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { templateKind } from "../../../images/index.ts";
import type { Home } from "../../../system/home.ts";
import { acquireLock } from "../../../system/lock.ts";
import type { DriverCall } from "../../driver.ts";
import { vmFolder, type VmFolder } from "../folder.ts";
import type { QemuPorts } from "../ports.ts";
import { discardAtLast } from "./end.ts";

/** Enough to take over the lock of a process that died. */
const lockMs = 300;

/**
 * Where VMs are that nobody has asked for: templates that are being made, and trials. Each is under the lock of its name, so that what
 * a killed run has left is told from the rest, and removed with its process (`removeKilledTemplates`).
 */
export function makingFolder({ cache }: Home): string {
  return join(cache.templates, "making");
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
  try {
    await folder.make();
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
