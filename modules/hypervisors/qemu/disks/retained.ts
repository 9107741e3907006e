import { mkdir, rename, rm, rmdir, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import * as z from "zod";
import { isStackhouseError } from "../../../base/errors.ts";
import { isErrno, namesIn, readFileIfPresent, syncPath, writeFileAtomic } from "../../../system/files.ts";
import type { Home } from "../../../system/home.ts";
import { acquireLock } from "../../../system/lock.ts";
import { parseJson } from "../../../system/json.ts";
import { vmName, type DriverCall, type KeptDisk, type VmSpec } from "../../driver.ts";
import { diskFile, diskOfFile } from "./devices.ts";
import { diskSizeGiB } from "./size.ts";
import { vmFolder, type StoredDisk, type VmFolder } from "../folder.ts";
import type { QemuPorts } from "../ports.ts";

// Disks that outlive their VM lie in a folder of its id, until a VM of that id takes them back. Beside each is what is known of it:
// `data-NAME.json` of `data-NAME.qcow2`. Older versions kept only what a guest had used, and wrote nothing beside it.

const recordSchema = z.strictObject({ used: z.boolean() });

function placeIn({ state }: Home): string {
  return join(state.root, "data-disks");
}

/** Where a data disk is, or would be, that an earlier VM of this id has left. */
function retainedDisk(id: string, name: string, { home }: QemuPorts): string {
  return join(placeIn(home), id, diskFile(name));
}

function recordOf(disk: string): string {
  return disk.replace(/\.qcow2$/u, ".json");
}

/** A disk that has outlived its VM. */
export interface OutlivingDisk extends KeptDisk {
  /** Id of the VM that it belonged to. */
  readonly vm: string;
  readonly path: string;
  /** What it takes on the workstation. */
  readonly bytes: number;
  /** When something was written to it last, milliseconds since 1970. */
  readonly writtenAt: number;
}

/** All disks that have outlived their VMs. */
export async function retainedDisks(home: Home): Promise<readonly OutlivingDisk[]> {
  const ids = (await idsWithKeptDisks(home)).toSorted();
  return (await Promise.all(ids.map((vm) => outlivingOf(vm, home)))).flat();
}

async function outlivingOf(vm: string, home: Home): Promise<readonly OutlivingDisk[]> {
  const place = join(placeIn(home), vm);
  return await Promise.all(
    (await sized(place)).map(async (disk) => {
      const path = join(place, diskFile(disk.name));
      const { blocks, mtimeMs } = await stat(path);
      return { ...disk, vm, path, bytes: blocks * blockBytes, writtenAt: mtimeMs };
    }),
  );
}

/**
 * Removes a disk that has outlived its VM, for good. One that a VM has taken back meanwhile is its own.
 *
 * @throws `lock.held` where a run is at work with a VM of that id
 */
export async function removeRetained(
  { vm, path }: OutlivingDisk,
  { home, clock }: QemuPorts,
  call: DriverCall,
): Promise<void> {
  const removing = { ...call, clock, purpose: `removing a data disk that the VM ${vm} has left`, deadlineMs: 0 };
  await using _lock = await acquireLock(vmFolder(home.state.vms, vm).lock, removing);
  await rm(path, { force: true });
  await rm(recordOf(path), { force: true });
  await removeEmpty(dirname(path));
}

/** Source: stat(2), st_blocks. */
const blockBytes = 512;

/** Ids of VMs, gone or not, of which disks may have outlived one. */
export async function idsWithKeptDisks(home: Home): Promise<readonly string[]> {
  return (await namesIn(placeIn(home))).filter((id) => vmName.test(id));
}

/** Names of the data disks that lie in a folder. */
async function disksIn(folder: string): Promise<readonly string[]> {
  return (await namesIn(folder)).flatMap((file) => diskOfFile(file) ?? []).sort();
}

/**
 * Names of the disks of a VM that outlive it: those that the program says it of, and those that it does not name any more, for nobody
 * has said that their data may go. A disk that no process has had holds nothing. What has lost its definition was being removed: what
 * was to outlive it has left it.
 */
export function outlivingDisks(spec: VmSpec | undefined, known: readonly StoredDisk[]): readonly string[] {
  if (spec === undefined) return [];
  const named = new Map((spec.dataDisks ?? []).map((disk) => [disk.name, disk]));
  return known
    .filter(({ name, given }) => given && (named.get(name)?.retainOnDelete ?? !named.has(name)))
    .map(({ name }) => name);
}

/** What is to be taken out of a VM that is to be removed. Where its records are damaged that is all: nobody knows what may go. */
export async function disksToRetain(folder: VmFolder, call: DriverCall): Promise<readonly StoredDisk[]> {
  try {
    const known = await folder.readDataDisks();
    const names = outlivingDisks(await folder.readSpec(), known);
    return known.filter(({ name }) => names.includes(name));
  } catch (error) {
    if (!isStackhouseError(error, "vm.damaged")) throw error;
    call.progress.warn(`${error.message}: all its data disks are kept`);
    return (await disksIn(folder.path)).map((name) => ({ name, given: true, used: true, place: null }));
  }
}

/** Takes disks out of a VM that is to be removed, and says where they are. No process has them any more. */
export async function retainDisks(
  disks: readonly StoredDisk[],
  folder: VmFolder,
  ports: QemuPorts,
  call: DriverCall,
): Promise<void> {
  for (const { name, used } of disks) {
    const kept = retainedDisk(folder.id, name, ports);
    await mkdir(dirname(kept), { recursive: true, mode: 0o700 });
    try {
      await writeFileAtomic(recordOf(kept), JSON.stringify({ used }), 0o600);
      await rename(folder.file(diskFile(name)), kept);
    } catch (error) {
      // A removal that was cut has taken it out already.
      if (isErrno(error, "ENOENT")) continue;
      throw error;
    }
    await syncPath(dirname(kept));
    call.progress.info(`its data disk ${name} is kept: ${kept}`);
  }
}

/** A disk that an earlier VM of the same id has left. */
export interface Retained {
  readonly path: string;
  /** See `StoredDisk`; where nothing is known of it, it may be. */
  readonly used: boolean;
}

export async function findRetained(id: string, name: string, ports: QemuPorts): Promise<Retained | undefined> {
  const path = retainedDisk(id, name, ports);
  if (!(await disksIn(dirname(path))).includes(name)) return undefined;
  const record = recordSchema.safeParse(parseJson((await readFileIfPresent(recordOf(path))) ?? ""));
  return { path, used: record.data?.used ?? true };
}

async function removeEmpty(folder: string): Promise<void> {
  try {
    await rmdir(folder);
  } catch (error) {
    if (!isErrno(error, "ENOTEMPTY") && !isErrno(error, "ENOENT")) throw error;
  }
}

/** Gives a VM a disk that an earlier one has left. */
export async function takeBack({ path }: Retained, file: string): Promise<void> {
  await rename(path, file);
  await rm(recordOf(path), { force: true });
  await removeEmpty(dirname(path));
}

/** The disks that an earlier VM of this id has left. */
export async function leftDisks(id: string, ports: QemuPorts): Promise<readonly KeptDisk[]> {
  return await sized(dirname(retainedDisk(id, "", ports)));
}

/** The disks that a VM has, or that an earlier one of its id has left: those that its definition names, as far as it has them, and others. */
export async function disksOfVm(
  folder: VmFolder,
  named: readonly string[],
  ports: QemuPorts,
): Promise<{ readonly made: readonly KeptDisk[]; readonly unnamed: readonly KeptDisk[] }> {
  const isNamed = ({ name }: KeptDisk): boolean => named.includes(name);
  const its = await ownDisks(folder);
  const all = [...its, ...(await leftDisks(folder.id, ports))];
  return { made: its.filter(isNamed), unnamed: all.filter((disk) => !isNamed(disk)) };
}

/** The data disks in the folder of a VM, with the sizes that they have. */
export async function ownDisks(folder: VmFolder): Promise<readonly KeptDisk[]> {
  return await sized(folder.path);
}

async function sized(place: string): Promise<readonly KeptDisk[]> {
  const disks = await Promise.all(
    (await disksIn(place)).map(async (name) => ({ name, sizeGiB: await diskSizeGiB(join(place, diskFile(name))) })),
  );
  // Another run may have taken one away meanwhile.
  return disks.flatMap(({ name, sizeGiB }) => (sizeGiB === undefined ? [] : [{ name, sizeGiB }]));
}
