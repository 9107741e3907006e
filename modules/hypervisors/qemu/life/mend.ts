import { rename } from "node:fs/promises";
import { StackhouseError } from "../../../base/errors.ts";
import { unlikeImage, wholeBaseImage, type ImageFile } from "../../../images/index.ts";
import { imageKeyOf, type DriverCall, type VmSpec } from "../../driver.ts";
import { linkOrCopy } from "../disks/link.ts";
import type { ProcessRecord, VmFolder } from "../folder.ts";
import { launch, QemuRefused } from "../program/launch.ts";
import type { QemuPorts } from "../ports.ts";

/**
 * Starts QEMU. Where it refuses, what the VM has of its image is read: a kernel or an initial RAM disk that is damaged is linked again, where
 * the cache has that very image whole.
 *
 * @throws `vm.damaged` with the files, where they cannot be mended
 */
export async function launchVm(
  vm: { readonly folder: VmFolder; readonly spec: VmSpec },
  argv: readonly string[],
  ports: QemuPorts,
  call: DriverCall,
): Promise<ProcessRecord> {
  const { folder } = vm;
  try {
    return await launch(folder, argv, ports, call);
  } catch (error) {
    if (!(error instanceof QemuRefused)) throw error;
    if (!(await mend(vm, error, ports, call))) throw refusedBy(folder, error);
  }
  try {
    return await launch(folder, argv, ports, call);
  } catch (error) {
    throw error instanceof QemuRefused ? refusedBy(folder, error) : error;
  }
}

/** Whether anything was mended. */
async function mend(
  { folder, spec }: { readonly folder: VmFolder; readonly spec: VmSpec },
  refused: QemuRefused,
  { home }: QemuPorts,
  call: DriverCall,
): Promise<boolean> {
  const { kernel, initrd, base: disk } = folder;
  const own: Readonly<Record<ImageFile, string>> = { kernel, initrd, disk };
  const damaged = await unlikeImage(home, imageKeyOf(spec), own);
  if (damaged.length === 0) return false;
  // An image that was made anew has another disk: its kernel does not fit to what this VM has.
  const image = damaged.includes("disk") ? undefined : await wholeBaseImage(home, imageKeyOf(spec));
  if (image === undefined)
    throw damagedFiles(
      folder,
      damaged.map((name) => own[name]),
      refused,
    );
  for (const name of damaged) {
    await linkOrCopy(image[name], `${own[name]}.new`);
    await rename(`${own[name]}.new`, own[name]);
    call.progress.warn(`${own[name]} of the VM ${folder.id} was damaged, and is linked again from the cache`);
  }
  return true;
}

function damagedFiles({ id }: VmFolder, paths: readonly string[], { details }: QemuRefused): StackhouseError {
  return new StackhouseError(
    "vm.damaged",
    `the VM ${id} does not start, as it has damaged files: ${paths.join(", ")}`,
    {
      details,
      hint: `the cache has them no more as they were; put them back, or ${anew(id)}`,
    },
  );
}

function refusedBy({ id, path }: VmFolder, { details }: QemuRefused): StackhouseError {
  return new StackhouseError("vm.exited", `QEMU does not start the VM ${id}`, {
    details,
    hint: `QEMU says why; the files of the VM are in ${path}; where one is damaged, put it back, or ${anew(id)}`,
  });
}

function anew(id: string): string {
  return `stackhouse host rm ${id} removes the VM with its disks, and the next up of its project makes it anew`;
}
