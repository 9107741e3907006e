import type { BoundForward, VmInspection } from "../../hypervisors/driver.ts";
import { definedForwards } from "../../hypervisors/forwards.ts";
import type { Style } from "./style.ts";
import { table } from "./table.ts";

export interface ListedVm {
  readonly name: string;
  /** One that is absent has left data disks. */
  readonly vm: VmInspection | DamagedVm;
}

/** One whose records cannot be read. */
export interface DamagedVm {
  readonly state: "damaged";
  readonly reason: string;
}

/** One line a VM, and below where else it is reached, and why one does not run that nobody stopped. */
export function hostTable(vms: readonly ListedVm[], style: Style): string[] {
  const rows = vms.map(({ name, vm }) => {
    if (vm.state === "damaged" || vm.state === "absent") return [name, stateText(vm, style), "-", "-", "-"];
    const { cpus, memoryMiB, diskGiB, dataDisks = [] } = vm.spec;
    const ssh = vm.forwards.find(({ owner }) => owner === "ssh");
    const began = "start" in vm ? vm.start : undefined;
    return [
      name,
      stateText(vm, style),
      [
        ...[`${cpus} CPU`, `${memoryMiB} MiB`, `${diskGiB} GiB`],
        ...dataDisks.map((disk) => `${disk.name} ${disk.sizeGiB} GiB`),
      ].join(", "),
      ssh === undefined ? "-" : `${ssh.hostAddress}:${ssh.hostPort}`,
      began === undefined ? "-" : `${began.rung}, ${(began.tookMs / 1000).toFixed(1)} s`,
    ];
  });
  const forwards = vms.flatMap(({ name, vm }) =>
    "forwards" in vm
      ? vm.forwards
          .filter(({ owner }) => owner === definedForwards)
          .map((forward) => `  ${name}: ${forwardText(forward)}`)
      : [],
  );
  const reasons = vms.flatMap(({ name, vm }) => {
    const reason = reasonOf(vm);
    return reason === undefined ? [] : [`${style.bad("!")} ${name}: ${reason}`];
  });
  const kept = vms.flatMap(({ name, vm }) => {
    const disks = vm.state === "damaged" ? [] : (vm.keptDisks ?? []).map((disk) => disk.name);
    const what =
      vm.state === "absent"
        ? style.commands(`is gone, and the next VM of its name has its data disks again (stackhouse clean lists them)`)
        : "keeps data disks that its program does not name";
    return disks.length === 0 ? [] : [`${style.warn("!")} ${name}: ${what}: ${disks.join(", ")}`];
  });
  return [...table(["VM", "STATE", "SIZE", "SSH", "BEGAN"], rows, style), ...forwards, ...reasons, ...kept];
}

function forwardText({ hostAddress, hostPort, guestPort, protocol }: BoundForward): string {
  return `${hostAddress}:${hostPort} leads to port ${guestPort}/${protocol}`;
}

function stateText(vm: ListedVm["vm"], style: Style): string {
  return vm.state === "running" ? style.good(vm.state) : style.warn(stateOf(vm));
}

function stateOf({ state }: ListedVm["vm"]): "running" | "stopped" | "paused" | "halted" | "damaged" | "gone" {
  return state === "absent" ? "gone" : state;
}

function reasonOf(vm: ListedVm["vm"]): string | undefined {
  if (vm.state === "halted" || vm.state === "damaged") return vm.reason;
  return vm.state === "stopped" ? vm.lastExit?.reason : undefined;
}

/** The same for a script. No key is in it. */
export function hostJson({ name, vm }: ListedVm) {
  if (vm.state === "absent") return { name, state: stateOf(vm), keptDisks: vm.keptDisks ?? [] };
  if (vm.state === "damaged") return { name, state: stateOf(vm), reason: vm.reason };
  const { cpus, memoryMiB, diskGiB, dataDisks = [], baseImage, bakedImage } = vm.spec;
  const reason = reasonOf(vm);
  return {
    name,
    state: stateOf(vm),
    ...(reason === undefined ? {} : { reason }),
    cpus,
    memoryMiB,
    diskGiB,
    dataDisks,
    keptDisks: vm.keptDisks ?? [],
    image: bakedImage ?? baseImage,
    forwards: vm.forwards,
    ...("pid" in vm ? { pid: vm.pid, hypervisorClass: vm.hypervisorClass } : {}),
    ...("start" in vm && vm.start !== undefined ? { startup: vm.start } : {}),
  };
}
