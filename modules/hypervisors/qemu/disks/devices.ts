// Disks as QEMU is told of them, on its command line and by its monitor.

/** A data disk, and which one it is of all that its VM ever had: that is its place on the bus, which saved memory depends on. */
export interface PlacedDisk {
  readonly name: string;
  readonly place: number;
}

export const rootDisk = { node: "d0", file: "disk.qcow2" } as const;

/** Slots before it are those of the machine itself, see `machine/argv.ts`. */
const firstSlot = 7;

/** The name of a data disk's node and of its device. */
export function diskNode(name: string): string {
  return `data-${name}`;
}

export function diskFile(name: string): string {
  return `${diskNode(name)}.qcow2`;
}

/** The data disk that a file is; undefined for any other file. */
export function diskOfFile(file: string): string | undefined {
  return /^data-(.+)\.qcow2$/u.exec(file)?.[1];
}

/**
 * The folder of a VM as its own process knows it, which is given it open: it may be moved while the process lives. A daemon's working
 * folder is the root, and QEMU opens a disk anew when its state is saved.
 */
export const ownFolder = "/proc/self/fd/3";

export function rootDiskNode(): Readonly<Record<string, unknown>> {
  return nodeOf(rootDisk.node, `${ownFolder}/${rootDisk.file}`);
}

export function dataDiskNode(folder: string, name: string): Readonly<Record<string, unknown>> {
  return nodeOf(diskNode(name), `${folder}/${diskFile(name)}`);
}

function nodeOf(node: string, filename: string): Readonly<Record<string, unknown>> {
  return { driver: "qcow2", "node-name": node, discard: "unmap", file: { driver: "file", filename, discard: "unmap" } };
}

/** The guest finds a data disk by its serial number. */
export function deviceOf({ name, place }: PlacedDisk): Readonly<Record<string, string>> {
  const id = diskNode(name);
  // QEMU reads slots as hexadecimal numbers.
  return { driver: "virtio-blk-pci", drive: id, id, serial: name, addr: (firstSlot + place).toString(16) };
}
