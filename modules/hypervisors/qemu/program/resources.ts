import { mkdir, readFile, statfs } from "node:fs/promises";
import { freemem, totalmem } from "node:os";
import { StackhouseError } from "../../../base/errors.ts";
import type { Progress } from "../../../base/progress.ts";
import type { Refusal } from "../../driver.ts";

/** A guest with Docker Engine and the host agent. */
const minimumMemoryMiB = 512;
const minimumFreeMiB = 512;
const mebibyte = 1024 ** 2;

/** Fails with `vm.memory-too-small` before anything is made. */
export function requireMemory(memoryMiB: number): void {
  const problem = problemWithMemory(memoryMiB);
  if (problem === undefined) return;
  const { reason, hint } = problem;
  throw new StackhouseError("vm.memory-too-small", reason, { hint });
}

/** Why no VM here can have so much memory, and what to do; undefined where one can. */
export function problemWithMemory(memoryMiB: number): Refusal | undefined {
  if (memoryMiB < minimumMemoryMiB) {
    return {
      reason: `${memoryMiB} MiB of memory are too little for a VM`,
      hint: `give it at least ${minimumMemoryMiB} MiB: a guest with Docker Engine and the host agent needs that`,
    };
  }
  const total = Math.floor(totalmem() / mebibyte);
  if (memoryMiB <= total) return undefined;
  return {
    reason: `the VM wants ${memoryMiB} MiB of memory, this workstation has ${total}`,
    hint: "give the VM less memory",
  };
}

/** A VM takes its memory as it uses it, so too little of it free now is worth a word, not a refusal. */
export async function warnOfScarceMemory(memoryMiB: number, progress: Progress): Promise<void> {
  const available = await availableMiB();
  if (available === undefined || available >= memoryMiB) return;
  progress.warn(`the VM may use ${memoryMiB} MiB of memory, ${available} MiB are available now`);
}

/** What programs can still have of the workstation's memory; undefined where that is not known. */
export async function availableMiB(): Promise<number | undefined> {
  const text = await readFile("/proc/meminfo", "utf8").catch(() => "");
  const available = /^MemAvailable: +(\d+) kB$/m.exec(text)?.[1];
  return available === undefined ? undefined : Math.floor(Number(available) / 1024);
}

/** Fails with `vm.disk-full` where a VM would soon stop for want of room, or `neededMiB` besides are not there. */
export async function requireDisk(path: string, neededMiB = 0): Promise<void> {
  await mkdir(path, { recursive: true });
  const { bavail, bsize } = await statfs(path);
  const free = Math.floor((bavail * bsize) / mebibyte);
  const needed = minimumFreeMiB + neededMiB;
  if (free >= needed) return;
  throw new StackhouseError("vm.disk-full", `${path} has ${free} MiB free, and a VM needs ${needed} MiB`, {
    hint: "free some, or set STACKHOUSE_HOME to a folder on another disk",
  });
}

/**
 * What QEMU has said, where the workstation is out of something: it may say otherwise a moment later. Undefined where that is not so. Texts
 * observed with QEMU 7.2 and 10.0; the end of each is the system's, strerror(3).
 */
export function exhaustion(said: string, details: readonly string[] = [said]): StackhouseError | undefined {
  if (/cannot allocate memory/iu.test(said)) {
    return new StackhouseError("vm.memory-too-small", "this workstation has too little memory for the VM", {
      details,
      hint: `${Math.floor(freemem() / mebibyte)} MiB are free: give the VM less, or stop something`,
    });
  }
  if (/no space left on device/iu.test(said)) {
    return new StackhouseError("vm.disk-full", "the disk of this workstation is full", { details });
  }
  return undefined;
}
