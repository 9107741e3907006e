import { createHash } from "node:crypto";
import type { BoundForward, VmSpec } from "../driver.ts";
import { identityName } from "./identity.ts";
import { forwardRule, networkId } from "./usernet.ts";

/** `tcg-single` emulates all processors in one thread. */
export type Accelerator = "kvm" | "tcg" | "tcg-single";

/**
 * For a kernel on emulated processors. They do not speculate. On a busy workstation their timer interrupts come late, and the
 * kernel's boot-time test of the timer then fails and stops it ("IO-APIC + timer doesn't work"); KVM guests skip it by themselves.
 */
const emulationArguments = ["mitigations=off", "no_timer_check", "tsc=reliable"];

/**
 * The command line of a VM. Everything that a saved RAM image depends on is pinned: machine type, addresses on the bus, RAM
 * backend. Paths of the VM's folder are relative, so that sockets fit into 107 bytes and commas in a home do not split options.
 */
export function qemuArguments(options: {
  readonly spec: VmSpec;
  readonly kernelArguments: string;
  readonly accelerator: Accelerator;
  readonly forwards: readonly BoundForward[];
  /** Absolute path of the VM's folder: marks the process as ours. */
  readonly folder: string;
}): readonly string[] {
  const { spec, kernelArguments, accelerator, forwards, folder } = options;
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
    ["-object", `memory-backend-ram,id=ram0,size=${spec.memoryMiB}M`],
    ["-kernel", "kernel"],
    ["-initrd", "initrd"],
    ["-append", [kernelArguments, ...(accelerator === "kvm" ? [] : emulationArguments)].join(" ")],
    ["-drive", "file=disk.qcow2,if=none,id=d0,format=qcow2,discard=unmap,cache=writeback"],
    ["-device", "virtio-blk-pci,drive=d0,addr=4"],
    ["-netdev", ["user", `id=${networkId}`, ...forwards.map((forward) => `hostfwd=${forwardRule(forward)}`)].join(",")],
    ["-device", `virtio-net-pci,id=nic0,netdev=${networkId},mac=52:54:00:12:34:56,addr=2`],
    ["-device", "virtio-rng-pci,addr=3"],
    ["-device", "virtio-serial-pci,id=vs0,addr=6"],
    ["-chardev", "socket,id=agent,path=agent.sock,server=on,wait=off"],
    ["-device", "virtserialport,bus=vs0.0,chardev=agent,name=dev.stackhouse.agent"],
    ["-device", "vmgenid,guid=auto"],
    // A file and not a string: command lines are public.
    ["-fw_cfg", `name=${identityName},file=identity`],
    ["-serial", "file:serial.log"],
    ["-qmp", "unix:qmp.sock,server=on,wait=off"],
    ["-smbios", `type=1,serial=${ownerMark(folder)}`],
  ].flat();
}

/** Stands in the command line of a VM's process and so proves that it is the one of this folder. */
export function ownerMark(folder: string): string {
  return createHash("sha256").update(folder).digest("hex").slice(0, 32);
}
