import { mostVmDiskGiB } from "../base/vm-disk.ts";

/** A disk of a VM besides the one that it starts from. */
export interface DataDisk {
  /** Names it for the life of its VM, and is its serial number in the guest. */
  readonly name: string;
  readonly sizeGiB: number;
  /** Where its file system is mounted in the guest. */
  readonly mountPath: string;
  /** Whether it outlives its VM: the next VM of the same id has it again, with what is on it. Default: no. */
  readonly retainOnDelete?: boolean | undefined;
}

/** As long as the serial number of a virtio disk may be. Source: Linux, include/uapi/linux/virtio_blk.h, VIRTIO_BLK_ID_BYTES. */
const diskName = /^[a-z0-9]([a-z0-9-]{0,18}[a-z0-9])?$/;
const diskPath = /^(\/[A-Za-z0-9_-][A-Za-z0-9._-]*)+$/;

/** What is there already when a disk is mounted, and in use. */
const systemFolders: ReadonlySet<string> = new Set([
  "bin",
  "boot",
  "dev",
  "etc",
  "lib",
  "lib64",
  "opt",
  "proc",
  "root",
  "run",
  "sbin",
  "sys",
  "tmp",
  "usr",
  "var",
]);

/** Each has a place of its own on the bus of its VM. */
export const mostDataDisks = 20;

/** Why a VM cannot have such data disks; undefined where it can. */
export function problemWith(disks: readonly DataDisk[]): string | undefined {
  if (disks.length > mostDataDisks) return `a VM has ${mostDataDisks} data disks at most, not ${disks.length}`;
  const problems = disks.map((disk, index) => problemOf(disk) ?? conflictOf(disk, disks.slice(0, index)));
  return problems.find((problem) => problem !== undefined);
}

function problemOf({ name, sizeGiB, mountPath }: DataDisk): string | undefined {
  if (!diskName.test(name)) return `${name} is no name for a data disk: 1 to 20 of a-z, 0-9 and -, not - at an end`;
  if (!Number.isInteger(sizeGiB) || sizeGiB < 1) return `the data disk ${name} has whole GiB, not ${sizeGiB}`;
  if (sizeGiB > mostVmDiskGiB) {
    return `the data disk ${name} has ${mostVmDiskGiB} GiB at most, as a file of the workstation can have, not ${sizeGiB}`;
  }
  if (!diskPath.test(mountPath)) {
    return `the data disk ${name} is mounted at an absolute path of letters, digits, -, _ and ., not at ${mountPath}`;
  }
  const [, first = ""] = mountPath.split("/");
  return systemFolders.has(first)
    ? `the data disk ${name} cannot be mounted at ${mountPath}: /${first} is the system's`
    : undefined;
}

function conflictOf(disk: DataDisk, others: readonly DataDisk[]): string | undefined {
  const holds = (outer: string, inner: string): boolean => `${inner}/`.startsWith(`${outer}/`);
  for (const other of others) {
    if (other.name === disk.name) return `there are two data disks ${disk.name}`;
    if (holds(other.mountPath, disk.mountPath) || holds(disk.mountPath, other.mountPath)) {
      return `the data disks ${other.name} and ${disk.name} are mounted one in the other`;
    }
  }
  return undefined;
}

/** Why a data disk cannot become what it shall be; undefined where none shrinks. */
export function shrinking(
  before: readonly Pick<DataDisk, "name" | "sizeGiB">[],
  after: readonly DataDisk[],
): string | undefined {
  for (const { name, sizeGiB } of after) {
    const had = before.find((disk) => disk.name === name)?.sizeGiB ?? 0;
    if (sizeGiB < had) return `the data disk ${name} has ${had} GiB and cannot shrink to ${sizeGiB} GiB`;
  }
  return undefined;
}
