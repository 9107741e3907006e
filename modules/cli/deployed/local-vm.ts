import { StackhouseError } from "../../base/errors.ts";
import { silentProgress } from "../../base/progress.ts";
import { createQemuDriver } from "../../hypervisors/qemu/index.ts";
import type { HostConnection } from "../../protocol/host.ts";
import { systemRunner } from "../../system/exec.ts";
import type { CommandContext } from "../context.ts";

/** A local VM as it is found now: what it is, or why nothing on it answers. */
export type VmView =
  | { readonly state: "running"; readonly machine: string }
  | { readonly state: "stopped" | "gone"; readonly problem: string; readonly next: string };

export async function viewVm(context: CommandContext, vmId: string): Promise<VmView> {
  const { home, clock, interrupts } = context;
  const driver = createQemuDriver({ home, runner: systemRunner, clock });
  const found = await driver.inspect(vmId, { signal: interrupts.signal, progress: silentProgress });
  const back = `stackhouse up brings it back, with its disk; so does stackhouse host start ${vmId}`;
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
      return { state: "stopped", problem: "it is paused", next: `stackhouse host resume ${vmId} lets it go on` };
    case "halted":
      return { state: "stopped", problem: `it is halted: ${found.reason}`, next: `stackhouse host resume ${vmId}` };
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
      throw new StackhouseError("vm.not-running", `the VM ${vmId} does not run: ${vm.problem}`, { hint: vm.next });
    case "gone":
      throw new StackhouseError("vm.not-found", vm.problem, { hint: vm.next });
  }
}
