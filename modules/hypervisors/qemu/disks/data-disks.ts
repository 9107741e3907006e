import { access, rename } from "node:fs/promises";
import { isDeepStrictEqual } from "node:util";
import * as z from "zod";
import { StackhouseError } from "../../../base/errors.ts";
import { isErrno } from "../../../system/files.ts";
import { mostDataDisks, type DataDisk } from "../../data-disks.ts";
import type { DriverCall, VmSpec } from "../../driver.ts";
import type { GuestDisk } from "../../identity.ts";
import { dataDiskNode, deviceOf, diskFile, diskNode, rootDisk, type PlacedDisk } from "./devices.ts";
import type { StoredDisk, VmFolder } from "../folder.ts";
import type { QemuPorts } from "../ports.ts";
import { createDisk, gibibyte, growDisk } from "./qemu-img.ts";
import type { Monitor } from "../program/qmp.ts";
import { findRetained, takeBack } from "./retained.ts";

/**
 * Makes the data disks of a definition that are not there, or takes them back from an earlier VM. What is there is never written: a disk
 * that the definition does not name any more keeps its file, and is as it was when it is named again.
 */
export async function makeDataDisks(
  folder: VmFolder,
  { dataDisks = [] }: Pick<VmSpec, "dataDisks">,
  ports: QemuPorts,
  call: DriverCall,
): Promise<void> {
  if (dataDisks.length === 0) return;
  await folder.writeDataDisks(withPlaces(folder, await folder.readDataDisks(), dataDisks));
  for (const { name, sizeGiB } of dataDisks) {
    if (await isThere(folder.file(diskFile(name)))) continue;
    const retained = await findRetained(folder.id, name, ports);
    if (retained !== undefined) {
      // Before it is back: no guest may take it for a new one.
      await note(folder, [name], { given: true, used: retained.used });
      await takeBack(retained, folder.file(diskFile(name)));
      call.progress.info(`its data disk ${name} is the one that an earlier VM ${folder.id} has left`);
      continue;
    }
    // Under its name it is whole, or not at all.
    await createDisk({ folder, file: `${diskFile(name)}.new`, sizeGiB }, ports, call);
    await rename(folder.file(`${diskFile(name)}.new`), folder.file(diskFile(name)));
  }
}

/** Takes their places on the bus from the disks that a definition does not name. No process has them, and no saved memory. */
export async function freePlaces(folder: VmFolder, spec: Pick<VmSpec, "dataDisks">): Promise<void> {
  const named = namesOf(spec);
  await change(folder, (disk) => (named.includes(disk.name) ? disk : { ...disk, place: null }));
}

/** Gives each disk that is named a place on the bus, the first that is free. */
function withPlaces(
  { id }: VmFolder,
  known: readonly StoredDisk[],
  dataDisks: readonly DataDisk[],
): readonly StoredDisk[] {
  const taken = new Set(known.map(({ place }) => place));
  const free = Array.from({ length: mostDataDisks }, (_, place) => place).filter((place) => !taken.has(place));
  const added = dataDisks
    .filter(({ name }) => !known.some((disk) => disk.name === name))
    .map(({ name }) => ({ name, given: false, used: false, place: null }));
  return [...known, ...added].map((disk) => {
    if (disk.place !== null || !dataDisks.some(({ name }) => name === disk.name)) return disk;
    const place = free.shift();
    if (place !== undefined) return { ...disk, place };
    const unnamed = known.flatMap(({ name }) => (dataDisks.some((named) => named.name === name) ? [] : [name]));
    throw new StackhouseError("input.invalid", `the VM ${id} has no room for the data disk ${disk.name}`, {
      hint: `its process has these until it is stopped: ${unnamed.join(", ")}; stackhouse host stop ${id}, then up again`,
    });
  });
}

async function isThere(path: string): Promise<boolean> {
  try {
    await access(path);
    return true;
  } catch (error) {
    if (isErrno(error, "ENOENT")) return false;
    throw error;
  }
}

/** Disks of a VM with their places on its bus. */
export async function placesOf(folder: VmFolder, names: readonly string[]): Promise<readonly PlacedDisk[]> {
  const known = await folder.readDataDisks();
  return names.map((name) => {
    const place = known.find((disk) => disk.name === name)?.place ?? undefined;
    if (place !== undefined) return { name, place };
    throw new StackhouseError("internal", `the data disk ${name} of the VM ${folder.id} has no place`);
  });
}

/** The data disks of a definition as its guest is told of them. */
export async function guestDisks(
  folder: VmFolder,
  { dataDisks = [] }: Pick<VmSpec, "dataDisks">,
): Promise<readonly GuestDisk[]> {
  const used = new Set((await folder.readDataDisks()).flatMap((disk) => (disk.used ? [disk.name] : [])));
  return dataDisks.map((disk) => ({ ...disk, isNew: !used.has(disk.name) }));
}

/** Notes that a process is to have disks, before it has them: from then on they may hold something. */
export async function noteGiven(folder: VmFolder, names: readonly string[]): Promise<void> {
  await note(folder, names, { given: true });
}

/** Notes that the guest has mounted disks. */
export async function noteUsed(folder: VmFolder, names: readonly string[]): Promise<void> {
  await note(folder, names, { given: true, used: true });
}

async function note(
  folder: VmFolder,
  names: readonly string[],
  facts: Partial<Pick<StoredDisk, "given" | "used">>,
): Promise<void> {
  if (names.length > 0) await change(folder, (disk) => (names.includes(disk.name) ? { ...disk, ...facts } : disk));
}

async function change(folder: VmFolder, become: (disk: StoredDisk) => StoredDisk): Promise<void> {
  const known = await folder.readDataDisks();
  const changed = known.map(become);
  if (!isDeepStrictEqual(changed, known)) await folder.writeDataDisks(changed);
}

export function namesOf({ dataDisks = [] }: Pick<VmSpec, "dataDisks">): readonly string[] {
  return dataDisks.map(({ name }) => name);
}

/** Gives the disks of a VM without a process their sizes; the guest's file systems follow at boot. */
export async function growDisks(
  folder: VmFolder,
  { diskGiB, dataDisks = [] }: Pick<VmSpec, "diskGiB" | "dataDisks">,
  ports: QemuPorts,
  call: DriverCall,
): Promise<void> {
  await growDisk({ folder, file: rootDisk.file, sizeGiB: diskGiB }, ports, call);
  for (const { name, sizeGiB } of dataDisks) {
    await growDisk({ folder, file: diskFile(name), sizeGiB }, ports, call);
  }
}

/**
 * Gives a process the disks of its VM's definition: those that are not there are attached, smaller ones grow. None is taken away: a
 * guest may be using it. Gives whether the guest has to be told. Source: QEMU, qapi/block-core.json and qapi/qdev.json.
 */
export async function fitDisks(folder: VmFolder, spec: VmSpec, monitor: Monitor): Promise<boolean> {
  const { diskGiB, dataDisks = [] } = spec;
  await noteGiven(folder, namesOf(spec));
  const opened = await diskSizes(monitor);
  for (const { name } of dataDisks) {
    if (!opened.has(diskNode(name))) await monitor.execute("blockdev-add", dataDiskNode(folder.path, name));
  }
  const wanted = [
    { node: rootDisk.node, size: diskGiB * gibibyte },
    ...dataDisks.map(({ name, sizeGiB }) => ({ node: diskNode(name), size: sizeGiB * gibibyte })),
  ];
  const sizes = await diskSizes(monitor);
  const small = wanted.filter(({ node, size }) => (sizes.get(node) ?? size) < size);
  const attached = await attachedDisks(monitor);
  const absent = (await placesOf(folder, namesOf(spec))).filter(({ name }) => !attached.includes(name));
  if (small.length + absent.length > 0) await folder.noteUnsettled();
  for (const { node, size } of small) await monitor.execute("block_resize", { "node-name": node, size });
  for (const disk of absent) await monitor.execute("device_add", deviceOf(disk));
  return await folder.isUnsettled();
}

const nodesSchema = z.array(z.object({ "node-name": z.string(), image: z.object({ "virtual-size": z.number() }) }));

/** Bytes by node. */
async function diskSizes(monitor: Monitor): Promise<ReadonlyMap<string, number>> {
  const nodes = nodesSchema.parse(await monitor.execute("query-named-block-nodes", { flat: true }));
  return new Map(nodes.map((node) => [node["node-name"], node.image["virtual-size"]]));
}

const devicesSchema = z.array(z.object({ name: z.string() }));

/** Names of the data disks that a process has. */
export async function attachedDisks(monitor: Monitor): Promise<readonly string[]> {
  const devices = devicesSchema.parse(await monitor.execute("qom-list", { path: "/machine/peripheral" }));
  const prefix = diskNode("");
  return devices.flatMap(({ name }) => (name.startsWith(prefix) ? [name.slice(prefix.length)] : []));
}
