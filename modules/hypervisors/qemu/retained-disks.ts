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

/** Takes the disks out of a VM that is to be removed that are to outlive it, and says where they are. No process has them any more. */
export async function retainDisks(folder: VmFolder, ports: QemuPorts, call: DriverCall): Promise<void> {
  const spec = await folder.readSpec();
  const used = new Set((await folder.readDataDisks()).flatMap((disk) => (disk.used ? [disk.name] : [])));
  for (const { name, retainOnDelete } of spec?.dataDisks ?? []) {
    if (retainOnDelete !== true || !used.has(name)) continue;
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
