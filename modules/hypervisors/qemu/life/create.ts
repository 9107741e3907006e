import { rm } from "node:fs/promises";
import { StackhouseError } from "../../../base/errors.ts";
import { mostVmDiskGiB } from "../../../base/vm-disk.ts";
import { wholeBaseImage, type BaseImage } from "../../../images/index.ts";
import { writeFileAtomic } from "../../../system/files.ts";
import { problemWith, shrinking } from "../../data-disks.ts";
import {
  imageKeyOf,
  mostCpus,
  vmName,
  type DriverCall,
  type KeptDisk,
  type VmKind,
  type VmSpec,
} from "../../driver.ts";
import { definedForwards, problemWithForwards } from "../../forwards.ts";
import { freePlaces, makeDataDisks } from "../disks/data-disks.ts";
import { writeImageRecord } from "../disks/image-record.ts";
import { ownDisks } from "../disks/retained.ts";
import type { VmFolder } from "../folder.ts";
import { setForwards } from "../network/forward.ts";
import { imageGone, linkImage } from "../disks/link-image.ts";
import { findProcess } from "../program/process.ts";
import { createOverlay } from "../disks/qemu-img.ts";
import { requireDisk, requireMemory } from "../program/resources.ts";
import type { QemuPorts } from "../ports.ts";
import { isPaused } from "./pause.ts";

/**
 * Makes the folder of a VM, or gives one that exists its new definition, which holds from its next start on. A folder that a
 * killed run left half-made is made anew. The caller holds the VM's lock.
 */
export async function createVm(folder: VmFolder, spec: VmSpec, ports: QemuPorts, call: DriverCall): Promise<void> {
  requireValid(spec);
  requireMemory(spec.memoryMiB);
  const existing = await folder.readSpec();
  if (existing === undefined) {
    await requireDisk(ports.home.root);
    await makeVm(folder, spec, ports, call);
    // It is known from here on: what an earlier VM has left may be in it.
    await makeDataDisks(folder, spec, ports, call);
    return;
  }
  requireSameDisks(existing, spec, await ownDisks(folder));
  const hasProcess = (await findProcess(folder)).state === "running";
  if (!hasProcess && !(await isPaused(folder))) await freePlaces(folder, spec);
  await makeDataDisks(folder, spec, ports, call);
  await forwardDefined(folder, spec, ports, call);
  // What the disk stands on is settled when it is made.
  await folder.writeSpec({ ...spec, bakedImage: existing.bakedImage });
}

async function forwardDefined(
  folder: VmFolder,
  { forwards = [] }: VmSpec,
  ports: QemuPorts,
  call: DriverCall,
): Promise<void> {
  await setForwards(folder, { owner: definedForwards, forwards }, ports, call);
}

/** Nothing is left of one that cannot be made: nobody would know of it. */
async function makeVm(folder: VmFolder, spec: VmSpec, ports: QemuPorts, call: DriverCall): Promise<void> {
  try {
    await makeFolder(folder, spec, ports, call);
    await forwardDefined(folder, spec, ports, call);
    await folder.writeSpec(spec);
  } catch (error) {
    await rm(folder.path, { recursive: true, force: true });
    throw error;
  }
}

/**
 * The base image is linked into the folder: the cache may be deleted at any time, a VM must not break by it. Where the cache
 * is on another file system it is copied.
 */
async function makeFolder(folder: VmFolder, spec: VmSpec, ports: QemuPorts, call: DriverCall): Promise<void> {
  const image = await requireImage(spec, ports);
  requireRoom(spec, image);
  await rm(folder.path, { recursive: true, force: true });
  await folder.make();
  const { kernel, initrd, base: disk } = folder;
  await linkImage(image, { kernel, initrd, disk });
  await writeImageRecord(folder.path, image.digests);
  await folder.writeBoot({ kernelArguments: image.kernelArguments });
  await createOverlay({ folder, diskGiB: spec.diskGiB, on: "base.qcow2" }, ports, call);
  await writeFileAtomic(folder.file("unborn"), "");
}

/** What the disk of a VM stands on, as its folder has it: the cache may have lost it. */
export async function imageUnder(folder: VmFolder, kind: VmKind): Promise<Omit<BaseImage, "diskBytes" | "digests">> {
  const { kernel, initrd, base: disk } = folder;
  return { key: imageKeyOf(kind), kernel, initrd, disk, kernelArguments: (await folder.readBoot()).kernelArguments };
}

/** What the disks of such VMs stand on. */
export async function requireImage(kind: VmKind, { home }: QemuPorts): Promise<BaseImage> {
  const key = imageKeyOf(kind);
  const image = await wholeBaseImage(home, key);
  if (image !== undefined) return image;
  throw imageGone(key);
}

function requireValid(spec: VmSpec): void {
  const { hostname, cpus, diskGiB, dataDisks = [], forwards = [] } = spec;
  if (!vmName.test(hostname)) throw invalid(`${hostname} is no host name: 1 to 63 of a-z, 0-9 and -, not - at an end`);
  if (!Number.isInteger(cpus) || cpus < 1 || cpus > mostCpus)
    throw invalid(`a VM has 1 to ${mostCpus} processors, not ${cpus}`);
  if (!Number.isInteger(diskGiB) || diskGiB < 1 || diskGiB > mostVmDiskGiB)
    throw invalid(`a VM's disk has whole GiB, ${mostVmDiskGiB} at most, not ${diskGiB}`);
  const problem = problemWith(dataDisks) ?? problemWithForwards(forwards);
  if (problem !== undefined) throw invalid(problem);
}

const gibibyte = 1024 ** 3;

function requireRoom(spec: VmSpec, image: BaseImage): void {
  if (spec.diskGiB * gibibyte >= image.diskBytes) return;
  const neededGiB = Math.ceil(image.diskBytes / gibibyte);
  throw invalid(`the image ${image.key} needs a disk of ${neededGiB} GiB, and that of ${spec.id} has ${spec.diskGiB}`);
}

function requireSameDisks(existing: VmSpec, spec: VmSpec, dataDisks: readonly KeptDisk[]): void {
  if (spec.baseImage !== existing.baseImage) {
    throw invalid(`the VM ${spec.id} is made from ${existing.baseImage}; another base image makes another VM`);
  }
  if (spec.diskGiB < existing.diskGiB) {
    throw invalid(`the disk of the VM ${spec.id} has ${existing.diskGiB} GiB and cannot shrink to ${spec.diskGiB} GiB`);
  }
  const shrinks = shrinking(dataDisks, spec.dataDisks ?? []);
  if (shrinks !== undefined) throw invalid(`${shrinks}: what is on it would be lost`);
}

function invalid(message: string): StackhouseError {
  return new StackhouseError("input.invalid", message);
}
