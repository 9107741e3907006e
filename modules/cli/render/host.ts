import type { VmInspection } from "../../hypervisors/driver.ts";
import type { Style } from "./style.ts";
import { table } from "./table.ts";

export interface ListedVm {
  readonly name: string;
  readonly vm: VmInspection;
}

/** One line a VM. */
export function hostTable(vms: readonly ListedVm[], style: Style): string[] {
  const rows = vms.map(({ name, vm }) => {
    const { state, size, ssh, began } = factsOf(vm);
    return [name, stateText(state, style), size, ssh, began];
  });
  return table(["VM", "STATE", "SIZE", "SSH", "BEGAN"], rows, style);
}

function stateText(state: string, style: Style): string {
  return state === "running" ? style.good(state) : style.warn(state);
}

interface Facts {
  readonly state: string;
  readonly size: string;
  readonly ssh: string;
  readonly began: string;
}

function factsOf(vm: VmInspection): Facts {
  const state = stateOf(vm);
  if (vm.state === "absent") return { state, size: "", ssh: "", began: "" };
  const { cpus, memoryMiB, diskGiB } = vm.spec;
  const ssh = vm.forwards.find(({ owner }) => owner === "ssh");
  const began = "start" in vm ? vm.start : undefined;
  return {
    state,
    size: `${cpus} CPU, ${memoryMiB} MiB, ${diskGiB} GiB`,
    ssh: ssh === undefined ? "-" : `${ssh.hostAddress}:${ssh.hostPort}`,
    began: began === undefined ? "-" : `${began.rung}, ${(began.tookMs / 1000).toFixed(1)} s`,
  };
}

/** In the words of the commands: what `pause` did is paused. */
function stateOf(vm: VmInspection): string {
  return vm.state === "suspended" ? "paused" : vm.state;
}

/** The same for a script. No key is in it. */
export function hostJson({ name, vm }: ListedVm) {
  if (vm.state === "absent") return { name, state: "gone" };
  const { cpus, memoryMiB, diskGiB, baseImage, bakedImage } = vm.spec;
  return {
    name,
    state: stateOf(vm),
    cpus,
    memoryMiB,
    diskGiB,
    image: bakedImage ?? baseImage,
    forwards: vm.forwards,
    ...("pid" in vm ? { pid: vm.pid, hypervisorClass: vm.hypervisorClass } : {}),
    ...("start" in vm && vm.start !== undefined ? { startup: vm.start } : {}),
    ...("lastExit" in vm ? { lastExit: vm.lastExit } : {}),
  };
}
