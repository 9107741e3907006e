import { StackhouseError } from "../../../base/errors.ts";
import type { DriverCall, VmRunning, VmSpec, VmStart } from "../../driver.ts";
import { qemuArguments, type Machine } from "../machine/argv.ts";
import type { ProcessRecord, StoredForward, VmFolder } from "../folder.ts";
import { asBound, forwardsForStart } from "../network/forward.ts";
import { PortLost } from "../program/launch.ts";
import { launchVm } from "./mend.ts";
import type { QemuPorts } from "../ports.ts";
import { timeStages } from "./stages.ts";
import { ForwardRefused } from "../network/usernet.ts";

const launchAttempts = 5;

/** A VM that is about to start. */
export interface Starting {
  readonly folder: VmFolder;
  readonly spec: VmSpec;
  readonly machine: Omit<Machine, "memory" | "forwards" | "mark">;
}

/** Starts a VM by booting it; `reason` is why not faster. */
export async function boot(
  { folder, spec, machine }: Starting,
  reason: string,
  ports: QemuPorts,
  call: DriverCall,
): Promise<VmRunning> {
  return await withForwards(folder, ports, call, async (forwards) => {
    const argv = qemuArguments({ ...machine, memory: "anonymous", forwards, mark: await folder.mark() });
    const stages = timeStages(ports.clock);
    const record = await launchVm({ folder, spec }, argv, ports, call);
    stages.over("process");
    const start: VmStart = { rung: "cold", reason, ...stages.took() };
    await folder.writeProcess({ ...record, start });
    return asRunning({ ...record, start }, forwards);
  });
}

/** Chooses ports, and again where another program was quicker. */
export async function withForwards(
  folder: VmFolder,
  ports: QemuPorts,
  call: DriverCall,
  start: (forwards: readonly StoredForward[]) => Promise<VmRunning>,
): Promise<VmRunning> {
  for (let attempt = 1; ; attempt++) {
    const forwards = await forwardsForStart(folder, ports, call);
    try {
      return await start(forwards);
    } catch (error) {
      if (!(error instanceof PortLost || error instanceof ForwardRefused)) throw error;
      if (attempt >= launchAttempts) throw new StackhouseError("vm.port-taken", error.message);
    }
  }
}

/** What is known of a VM that runs, and whose guest did not have to answer for that. */
export function asRunning(record: ProcessRecord, forwards: readonly StoredForward[]): VmRunning {
  const { pid, hypervisorClass, start } = record;
  return { pid, hypervisorClass, start, answered: false, forwards: forwards.map(asBound) };
}
