import { createHash } from "node:crypto";
import type { BaseImage } from "../../images/index.ts";
import type { BoundForward, VmSpec } from "../driver.ts";
import { firmwareFolder, identityParts } from "./identity.ts";

export type Accelerator = "kvm" | "tcg";

/** Id of the user-mode network that forwards are added to. */
export const networkId = "n0";

/**
 * The command line of a VM. Everything that a saved RAM image depends on is pinned: machine type, addresses on the bus, RAM
 * backend. Paths of the VM's folder are relative, so that sockets fit into 107 bytes and commas in a home do not split options.
 */
export function qemuArguments(options: {
  readonly spec: VmSpec;
  readonly image: BaseImage;
  readonly accelerator: Accelerator;
  readonly forwards: readonly BoundForward[];
  /** Absolute path of the VM's folder: marks the process as ours. */
  readonly folder: string;
}): readonly string[] {
  const { spec, image, accelerator, forwards, folder } = options;
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
          ["-accel", "tcg,thread=multi,tb-size=256"],
          ["-cpu", "max"],
        ]),
    ["-smp", `${spec.cpus}`],
    ["-m", `${spec.memoryMiB}`],
    ["-object", `memory-backend-ram,id=ram0,size=${spec.memoryMiB}M`],
    ["-kernel", image.kernel],
    ["-initrd", image.initrd],
    ["-append", "console=ttyS0 loglevel=4 systemd.show_status=false net.ifnames=0 random.trust_cpu=on mitigations=off"],
    ["-drive", "file=disk.qcow2,if=none,id=d0,format=qcow2,discard=unmap,cache=writeback"],
    ["-device", "virtio-blk-pci,drive=d0,addr=4"],
    ["-netdev", ["user", `id=${networkId}`, ...forwards.map((forward) => `hostfwd=${forwardRule(forward)}`)].join(",")],
    ["-device", `virtio-net-pci,id=nic0,netdev=${networkId},mac=52:54:00:12:34:56,addr=2`],
    ["-device", "virtio-rng-pci,addr=3"],
    ["-device", "virtio-serial-pci,id=vs0,addr=6"],
    ["-chardev", "socket,id=agent,path=agent.sock,server=on,wait=off"],
    ["-device", "virtserialport,bus=vs0.0,chardev=agent,name=dev.stackhouse.agent"],
    ["-device", "vmgenid,guid=auto"],
    ...identityParts.flatMap((part) => [["-fw_cfg", `name=${firmwareFolder}/${part},file=identity/${part}`]]),
    ["-serial", "file:serial.log"],
    ["-qmp", "unix:qmp.sock,server=on,wait=off"],
    ["-smbios", `type=1,serial=${ownerMark(folder)}`],
  ].flat();
}

/** Stands in the command line of a VM's process and so proves that it is the one of this folder. */
export function ownerMark(folder: string): string {
  return createHash("sha256").update(folder).digest("hex").slice(0, 32);
}

/** `tcp:127.0.0.1:8080-:80`, in QEMU's words. */
export function forwardRule(forward: BoundForward): string {
  return `${forward.protocol}:${forward.hostAddress}:${forward.hostPort}-:${forward.guestPort}`;
}
