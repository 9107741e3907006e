import { StackhouseError, isStackhouseError } from "../../../base/errors.ts";
import { isAtLeast } from "../../../base/version-order.ts";
import type { Runner } from "../../../system/exec.ts";

/** The machine of our VMs is as this version made it. */
const oldestToRun = "7.2";

/**
 * Before this version an emulated processor may run an instruction that another one is just patching, as Linux does all the time,
 * and the guest's kernel panics ("Oops: int3"). Source: QEMU 8.1, "accel/tcg: Always lock pages before translation".
 */
export const oldestForManyEmulatedProcessors = "8.1";

/**
 * Before this version QEMU ends where it does not take a VM's state, as if somebody had killed it. Source: QEMU 9.1, `exit-on-error` of
 * `migrate-incoming`.
 */
const oldestToSave = "9.1";

/** Whether it saves VMs with their memory, and lets them go on from that. */
export function canSave(version: string): boolean {
  return isAtLeast(version, oldestToSave);
}

export function cannotSave(version: string): StackhouseError {
  return new StackhouseError("vm.qemu-too-old", `QEMU ${version} does not save VMs with their memory well enough`, {
    hint: `QEMU ${oldestToSave} and newer clone VMs and pause them; with older ones VMs boot`,
  });
}

/** A program that a local VM needs to run. */
export interface VmRuntimeTool {
  readonly program: string;
  readonly debianPackage: string;
  /** It works with an older version, but slower. */
  readonly recommendedVersion: string;
}

export function vmRuntimeTools(): readonly VmRuntimeTool[] {
  const recommendedVersion = oldestForManyEmulatedProcessors;
  return [
    { program: "qemu-system-x86_64", debianPackage: "qemu-system-x86", recommendedVersion },
    { program: "qemu-img", debianPackage: "qemu-utils", recommendedVersion },
  ];
}

/** QEMU's version, `vm.qemu-missing` with what to install, or `vm.qemu-too-old`. */
export async function requireQemu(runner: Runner, signal: AbortSignal): Promise<string> {
  const { stdout } = await missingQemu(() => runner.exec("qemu-system-x86_64", ["--version"], { signal }));
  const version = /version (\S+)/.exec(stdout)?.[1] ?? "unknown";
  if (isAtLeast(version, oldestToRun)) return version;
  throw new StackhouseError("vm.qemu-too-old", `QEMU ${version} is too old for the VMs of Stackhouse`, {
    hint: `install QEMU ${oldestToRun} or newer; ${oldestToSave} and newer clone VMs and pause them, too`,
  });
}

/** Says what to install where a program of QEMU is missing. */
export async function missingQemu<T>(run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    if (!isStackhouseError(error, "input.invalid")) throw error;
    const packages = vmRuntimeTools().map(({ debianPackage }) => debianPackage);
    throw new StackhouseError("vm.qemu-missing", "QEMU is not installed on this workstation", {
      hint: `apt-get install ${packages.join(" ")}`,
      cause: error,
    });
  }
}
