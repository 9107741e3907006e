import { rename } from "node:fs/promises";
import { StackhouseError } from "../../../base/errors.ts";
import {
  digestsOf,
  imageFileNames,
  recordedDigests,
  wholeBaseImage,
  type BaseImage,
  type ImageDigests,
  type ImageFile,
} from "../../../images/index.ts";
import { imageKeyOf, type DriverCall, type VmSpec } from "../../driver.ts";
import { readImageRecord } from "../disks/image-record.ts";
import { linkImage } from "../disks/link-image.ts";
import type { ProcessRecord, VmFolder } from "../folder.ts";
import { launch, QemuRefused } from "../program/launch.ts";
import type { QemuPorts } from "../ports.ts";

/**
 * Starts QEMU. Where it refuses, what the VM has of its image is read: a file that is damaged is linked again, where the cache has that very
 * image whole.
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
  call.progress.status("looking for damaged files, as QEMU does not start it");
  const { kernel, initrd, base: disk } = folder;
  const own: Readonly<Record<ImageFile, string>> = { kernel, initrd, disk };
  const found = await digestsOf(own, call.signal);
  const key = imageKeyOf(spec);
  const recorded = (await readImageRecord(folder)) ?? ofSameDisk(found, await recordedDigests(home, key));
  const damaged = imageFileNames.filter((name) => isDamaged(found[name], recorded[name]));
  if (damaged.length === 0) return false;
  const image = await wholeBaseImage(home, key, call.signal);
  if (image === undefined || !isOfMaking(image, recorded)) {
    throw damagedFiles(
      folder,
      damaged.map((name) => own[name]),
      refused,
    );
  }
  for (const name of damaged) {
    await linkImage(image, { [name]: `${own[name]}.new` });
    await rename(`${own[name]}.new`, own[name]);
    call.progress.warn(`${own[name]} of the VM ${folder.id} was damaged, and is linked again from the cache`);
  }
  return true;
}

/** Of a VM whose image was not noted: the one in the cache is it where they have the same disk, for no two makings have. */
function ofSameDisk(found: ImageDigests, cached: ImageDigests): ImageDigests {
  return found.disk !== undefined && found.disk === cached.disk ? cached : {};
}

function isDamaged(found: string | undefined, recorded: string | undefined): boolean {
  return found === undefined || (recorded !== undefined && found !== recorded);
}

/** An image that was made anew has another disk: its kernel does not fit to what a VM has of an earlier making. */
function isOfMaking({ digests }: BaseImage, recorded: ImageDigests): boolean {
  return imageFileNames.every((name) => recorded[name] !== undefined && recorded[name] === digests[name]);
}

function damagedFiles({ id }: VmFolder, paths: readonly string[], { details }: QemuRefused): StackhouseError {
  return new StackhouseError(
    "vm.damaged",
    `the VM ${id} does not start, as it has damaged files: ${paths.join(", ")}`,
    {
      details,
      hint: `the cache does not have them as they were; put them back, or ${anew(id)}`,
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
