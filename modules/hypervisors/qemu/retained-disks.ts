import { mkdir, rename } from "node:fs/promises";
import { dirname, join } from "node:path";
import { isErrno, namesIn, syncPath } from "../../system/files.ts";
import type { Home } from "../../system/home.ts";
import type { DriverCall } from "../driver.ts";
import { diskFile } from "./disk-devices.ts";
import type { VmFolder } from "./folder.ts";
import type { QemuPorts } from "./ports.ts";

// Disks that outlive their VM lie in a folder of its id, until a VM of that id takes them back.

function placeIn({ state }: Home): string {
  return join(state.root, "data-disks");
}

/** Where a data disk is, or would be, that an earlier VM of this id has left. */
export function retainedDisk({ id }: VmFolder, name: string, { home }: QemuPorts): string {
  return join(placeIn(home), id, diskFile(name));
}

/** Paths of all disks that have outlived their VMs. */
export async function retainedDisks(home: Home): Promise<readonly string[]> {
  const place = placeIn(home);
  const ids = await namesIn(place);
  const disks = await Promise.all(
    ids.map(async (id) => (await namesIn(join(place, id))).map((name) => join(place, id, name))),
  );
  return disks.flat();
}

/**
 * Names of the disks of a VM that outlive it: those that the program says it of, and those that it does not name any more, for nobody
 * has said that their data may go. A disk that no guest has had holds nothing.
 */
export async function outlivingDisks(folder: VmFolder): Promise<readonly string[]> {
  const named = new Map(((await folder.readSpec())?.dataDisks ?? []).map((disk) => [disk.name, disk]));
  return (await folder.readDataDisks())
    .filter(({ name, used }) => used && (named.get(name)?.retainOnDelete ?? !named.has(name)))
    .map(({ name }) => name);
}

/** Takes disks out of a VM that is to be removed, and says where they are. No process has them any more. */
export async function retainDisks(
  names: readonly string[],
  folder: VmFolder,
  ports: QemuPorts,
  call: DriverCall,
): Promise<void> {
  for (const name of names) {
    const file = retainedDisk(folder, name, ports);
    await mkdir(dirname(file), { recursive: true, mode: 0o700 });
    try {
      await rename(folder.file(diskFile(name)), file);
    } catch (error) {
      // A removal that was cut has taken it out already.
      if (isErrno(error, "ENOENT")) continue;
      throw error;
    }
    await syncPath(dirname(file));
    call.progress.info(`its data disk ${name} is kept: ${file}`);
  }
}
