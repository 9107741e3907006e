import { StackhouseError, isStackhouseError } from "../../base/errors.ts";
import type { Runner } from "../../system/exec.ts";

/**
 * Before this version an emulated processor may run an instruction that another one is just patching, as Linux does all the time,
 * and the guest's kernel panics ("Oops: int3"). Source: QEMU 8.1, "accel/tcg: Always lock pages before translation".
 */
export const oldestForManyEmulatedProcessors = "8.1";

/**
 * Before this version QEMU ends where it does not take a VM's state, as if somebody had killed it. Source: QEMU 9.1, `exit-on-error` of
 * `migrate-incoming`.
 */
export const oldestForTemplates = "9.1";

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

/** QEMU's version, or `vm.qemu-missing` with what to install. */
export async function requireQemu(runner: Runner, signal: AbortSignal): Promise<string> {
  const { stdout } = await missingQemu(() => runner.exec("qemu-system-x86_64", ["--version"], { signal }));
  return /version (\S+)/.exec(stdout)?.[1] ?? "unknown";
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
