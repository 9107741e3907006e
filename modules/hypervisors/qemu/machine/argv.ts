import type { BoundForward, VmSpec } from "../../driver.ts";
import { dataDiskNode, deviceOf, ownFolder, rootDisk, rootDiskNode, type PlacedDisk } from "../disks/devices.ts";
import { agentSocket } from "../guest/agent-port.ts";
import { identityName } from "../guest/identity.ts";
import { porterSocket } from "../guest/porter.ts";
import { forwardRule, networkId } from "../network/usernet.ts";
import type { Accelerator } from "../program/accelerator.ts";

/**
 * For a kernel on emulated processors. They do not speculate. On a busy workstation their timer interrupts come late, and the
 * kernel's boot-time test of the timer then fails and stops it ("IO-APIC + timer doesn't work"); KVM guests skip it by themselves.
 */
const emulationArguments = ["mitigations=off", "no_timer_check", "tsc=reliable"];

/**
 * What a VM's memory is: its own, its own as it was when it was paused, one that is being written to a file for others, or a private
 * view of such a file.
 */
export type Memory = "anonymous" | "loaded" | "file" | "mapped";

/** Opened for reading alone: what a clone writes stays its own. Source: QEMU, docs/system/vm-templating.rst. */
const mappedFile = "memory-backend-file,mem-path=ram,share=off,readonly=on,rom=off";

const memoryBackends: Readonly<Record<Memory, string>> = {
  anonymous: "memory-backend-ram",
  loaded: "memory-backend-ram",
  file: "memory-backend-file,mem-path=ram,share=on",
  mapped: mappedFile,
};

/** A private view of the file `ram`, as an object of QEMU. `size` as QEMU reads it: `512M`. */
export function mappedMemory(id: string, size: string): string {
  return `${mappedFile},id=${id},size=${size}`;
}

export interface Machine {
  readonly spec: Pick<VmSpec, "id" | "cpus" | "memoryMiB">;
  readonly kernelArguments: string;
  readonly accelerator: Accelerator;
  readonly memory: Memory;
  /** Those that it starts with: a template's clones get theirs later. */
  readonly dataDisks: readonly PlacedDisk[];
  readonly forwards: readonly BoundForward[];
  /** See `VmFolder.mark`. */
  readonly mark: string;
}

/**
 * The command line of a VM. Everything that a saved RAM image depends on is pinned: machine type, addresses on the bus, RAM
 * backend. No path leads to the VM's folder: it may be another one's tomorrow. So sockets fit into 107 bytes, too, and commas in a
 * home do not split options.
 */
export function qemuArguments(machine: Machine): readonly string[] {
  const { spec, kernelArguments, accelerator, dataDisks, forwards, mark, memory } = machine;
  return [
    ["-name", `stackhouse-${spec.id}`],
    ["-nodefaults", "-no-user-config"],
    ["-display", "none"],
    ["-daemonize", "-pidfile", "qemu.pid"],
    ["-machine", "pc-i440fx-7.2,memory-backend=ram0"],
    ...(accelerator === "kvm"
      ? [
          ["-accel", "kvm"],
          ["-cpu", "host"],
        ]
      : [
          ["-accel", `tcg,thread=${accelerator === "tcg" ? "multi" : "single"},tb-size=256`],
          // Without "fast string" instructions: kernels take them for copying a page, and TCG runs them byte by byte.
          ["-cpu", "max,-erms"],
        ]),
    ["-smp", `${spec.cpus}`],
    ["-m", `${spec.memoryMiB}`],
    // It follows the workstation's, also while the VM stands still: guests keep their clocks to it.
    ["-rtc", "base=utc,clock=host"],
    ["-object", `${memoryBackends[memory]},id=ram0,size=${spec.memoryMiB}M`],
    ...(memory === "mapped" || memory === "loaded" ? [["-incoming", "defer"]] : []),
    ["-kernel", "kernel"],
    ["-initrd", "initrd"],
    ["-append", [kernelArguments, ...(accelerator === "kvm" ? [] : emulationArguments)].join(" ")],
    ["-blockdev", JSON.stringify(rootDiskNode())],
    ["-device", `virtio-blk-pci,drive=${rootDisk.node},addr=4`],
    ...dataDisks.flatMap((disk) => [
      ["-blockdev", JSON.stringify(dataDiskNode(ownFolder, disk.name))],
      ["-device", optionOf(deviceOf(disk))],
    ]),
    ["-netdev", ["user", `id=${networkId}`, ...forwards.map((forward) => `hostfwd=${forwardRule(forward)}`)].join(",")],
    ["-device", `virtio-net-pci,id=nic0,netdev=${networkId},mac=52:54:00:12:34:56,addr=2`],
    ["-device", "virtio-rng-pci,addr=3"],
    ["-device", "virtio-serial-pci,id=vs0,addr=6"],
    ["-chardev", `socket,id=agent,path=${agentSocket},server=on,wait=off`],
    ["-device", "virtserialport,bus=vs0.0,chardev=agent,name=dev.stackhouse.agent"],
    ["-chardev", `socket,id=porter,path=${porterSocket},server=on,wait=off`],
    ["-device", "virtserialport,bus=vs0.0,chardev=porter,name=dev.stackhouse.porter"],
    ["-device", "vmgenid,guid=auto"],
    // A file and not a string: command lines are public.
    ["-fw_cfg", `name=${identityName},file=identity`],
    ["-serial", "file:serial.log"],
    ["-qmp", "unix:qmp.sock,server=on,wait=off"],
    ["-smbios", `type=1,serial=${mark}`],
  ].flat();
}

/** Of a command line, what the state of a paused VM fits to. */
export function machineOf(argv: readonly string[]): readonly string[] {
  return ["-machine", "-accel", "-cpu", "-smp", "-m"].map((option) => argv[argv.indexOf(option) + 1] ?? "");
}

/** What a monitor takes as an object, as an option of the command line. No value holds a comma. */
function optionOf({ driver, ...properties }: Readonly<Record<string, string>>): string {
  return [driver, ...Object.entries(properties).map(([name, value]) => `${name}=${value}`)].join(",");
}
