import { StackhouseError } from "../../base/errors.ts";
import { silentProgress } from "../../base/progress.ts";
import { createQemuDriver } from "../../hypervisors/qemu/index.ts";
import type { HostConnection } from "../../protocol/host.ts";
import { systemRunner } from "../../system/exec.ts";
import type { CommandContext } from "../context.ts";

/** A local VM as it is found now: what it is, or why nothing on it answers. */
export type VmView =
  | { readonly state: "running"; readonly machine: string }
  | {
      /** `halted`: its process stands still. */
      readonly state: "stopped" | "paused" | "halted" | "gone";
      readonly problem: string;
      /** What brings it back, and how. */
      readonly next: string;
    };

export async function viewVm(context: CommandContext, vmId: string): Promise<VmView> {
  const { home, clock, interrupts } = context;
  const driver = createQemuDriver({ home, runner: systemRunner, clock });
  const found = await driver.inspect(vmId, { signal: interrupts.signal, progress: silentProgress });
  const back = `stackhouse up brings it back, with its disk; so does stackhouse host start ${vmId}`;
  const goesOn = `stackhouse host resume ${vmId} lets it go on; so does stackhouse up`;
  switch (found.state) {
    case "absent":
      return {
        state: "gone",
        problem: `the VM ${vmId} is not on this workstation`,
        next: "stackhouse up makes it anew",
      };
    case "stopped":
      return { state: "stopped", problem: found.lastExit?.reason ?? "it is switched off", next: back };
    case "paused":
      return { state: "paused", problem: "it was saved with its memory", next: goesOn };
    case "halted":
      return { state: "halted", problem: found.reason, next: goesOn };
    case "running": {
      const { cpus, memoryMiB } = found.spec;
      return { state: "running", machine: `VM, ${cpus} CPU, ${memoryMiB} MiB, ${found.hypervisorClass}` };
    }
  }
}

/**
 * Refuses a host that is a local VM and does not run: no port leads to it.
 *
 * @throws `vm.not-running`, `vm.not-found`
 */
export async function requireRunning(context: CommandContext, { vmId }: Pick<HostConnection, "vmId">): Promise<void> {
  if (vmId === undefined) return;
  const vm = await viewVm(context, vmId);
  switch (vm.state) {
    case "running":
      return;
    case "stopped":
    case "paused":
    case "halted":
      throw new StackhouseError("vm.not-running", `the VM ${vmId} is ${vm.state}: ${vm.problem}`, { hint: vm.next });
    case "gone":
      throw new StackhouseError("vm.not-found", vm.problem, { hint: vm.next });
  }
}
