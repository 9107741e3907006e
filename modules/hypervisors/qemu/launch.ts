import { freemem } from "node:os";
import { StackhouseError } from "../../base/errors.ts";
import { processStart } from "../../system/lock.ts";
import { readFileIfPresent } from "../../system/files.ts";
import type { Runner } from "../../system/exec.ts";
import type { HypervisorClass } from "../driver.ts";
import type { Accelerator } from "./argv.ts";
import type { VmFolder } from "./folder.ts";
import { processOfPidFile } from "./process.ts";

const launchDeadlineMs = 30_000;

/** A port that was free a moment ago and is not any more: the caller chooses again. */
export class PortLost extends Error {}

/** Runs QEMU until it has made itself a daemon, and records the process. */
export async function launch(
  folder: VmFolder,
  argv: readonly string[],
  accelerator: Accelerator,
  ports: { readonly runner: Runner; readonly signal: AbortSignal },
): Promise<{ pid: number; hypervisorClass: HypervisorClass }> {
  const result = await ports.runner.exec("qemu-system-x86_64", argv, {
    cwd: folder.path,
    signal: ports.signal,
    timeoutMs: launchDeadlineMs,
  });
  if (result.exitCode !== 0) throw launchError(result.stderr);
  const found = await processOfPidFile(folder);
  if (found === undefined) {
    throw new StackhouseError("vm.exited", "QEMU ended as soon as it had started", {
      details: lastLines((await readFileIfPresent(folder.serialLog)) ?? "", 6),
    });
  }
  const hypervisorClass = accelerator === "kvm" ? "type-1" : "emulation";
  await folder.writeProcess({ ...found, hypervisorClass });
  return { pid: found.pid, hypervisorClass };
}

/** What QEMU said on its way out. Texts observed with QEMU 7.2. */
function launchError(stderr: string): Error {
  if (stderr.includes("Could not set up host forwarding rule")) return new PortLost(stderr.trim());
  const details = lastLines(stderr, 6);
  if (/cannot allocate memory/i.test(stderr)) {
    return new StackhouseError("vm.memory-too-small", "this workstation has too little memory for the VM", {
      details,
      hint: `${Math.floor(freemem() / 1024 ** 2)} MiB are free: give the VM less, or stop something`,
    });
  }
  if (/no space left on device/i.test(stderr)) {
    return new StackhouseError("vm.disk-full", "the disk of this workstation is full", { details });
  }
  return new StackhouseError("vm.exited", "QEMU does not start", { details });
}

/** Waits for a process to end. */
export async function hasEnded(pid: number, startedTicks: string): Promise<boolean> {
  return (await processStart(pid)) !== startedTicks;
}

export function lastLines(text: string, count: number): readonly string[] {
  return text
    .trimEnd()
    .split(/\r?\n/)
    .filter((line) => line !== "")
    .slice(-count);
}
