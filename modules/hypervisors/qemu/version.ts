import { StackhouseError, isStackhouseError } from "../../base/errors.ts";
import type { Runner } from "../../system/exec.ts";

/** Programs that a local VM needs to run, and the Debian package of each. */
export const vmRuntimeTools = [
  { program: "qemu-system-x86_64", debianPackage: "qemu-system-x86", why: "runs local VMs" },
  { program: "qemu-img", debianPackage: "qemu-utils", why: "makes the disks of local VMs" },
] as const;

/** QEMU's version, or `vm.qemu-missing` with what to install. */
export async function requireQemu(runner: Runner, signal: AbortSignal): Promise<string> {
  try {
    const { stdout } = await runner.exec("qemu-system-x86_64", ["--version"], { signal });
    return /version (\S+)/.exec(stdout)?.[1] ?? "unknown";
  } catch (error) {
    if (!isStackhouseError(error, "input.invalid")) throw error;
    throw new StackhouseError("vm.qemu-missing", "QEMU is not installed", {
      hint: `apt-get install ${vmRuntimeTools.map((tool) => tool.debianPackage).join(" ")}`,
      cause: error,
    });
  }
}
