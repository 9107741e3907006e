import { StackhouseError, isStackhouseError } from "../../base/errors.ts";
import type { Runner } from "../../system/exec.ts";

/** Programs that a local VM needs to run, and the Debian package of each. */
export function vmRuntimeTools(): readonly { readonly program: string; readonly debianPackage: string }[] {
  return [
    { program: "qemu-system-x86_64", debianPackage: "qemu-system-x86" },
    { program: "qemu-img", debianPackage: "qemu-utils" },
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
