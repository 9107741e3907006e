import { access, rename } from "node:fs/promises";
import * as z from "zod";
import { StackhouseError } from "../../base/errors.ts";
import { isErrno } from "../../system/files.ts";
import { mostDataDisks } from "../data-disks.ts";
import type { DriverCall, VmSpec } from "../driver.ts";
import type { GuestDisk } from "../identity.ts";
import { dataDiskNode, deviceOf, diskFile, diskNode, rootDisk, type PlacedDisk } from "./disk-devices.ts";
import type { VmFolder } from "./folder.ts";
import type { QemuPorts } from "./ports.ts";
import { createDisk, gibibyte, growDisk } from "./qemu-img.ts";
import type { Monitor } from "./qmp.ts";
import { retainedDisk } from "./retained-disks.ts";

/**
 * Makes the data disks of a definition that are not there. What is there is never written: a disk that the definition does not name any
 * more keeps its file and its place, and is as it was when it is named again.
 */
export async function makeDataDisks(
  folder: VmFolder,
  { dataDisks = [] }: Pick<VmSpec, "dataDisks">,
  ports: QemuPorts,
  call: DriverCall,
): Promise<void> {
  if (dataDisks.length === 0) return;
  const known = await folder.readDataDisks();
  const added = dataDisks.filter(({ name }) => !known.some((disk) => disk.name === name));
  if (known.length + added.length > mostDataDisks) {
    const kept = known.flatMap(({ name }) => (dataDisks.some((disk) => disk.name === name) ? [] : [name]));
    throw new StackhouseError("input.invalid", `the VM ${folder.id} has no room for more data disks`, {
      hint: `it keeps those that it had before, too: ${kept.join(", ")}`,
    });
  }
  await folder.writeDataDisks([...known, ...added.map(({ name }) => ({ name, used: false }))]);
  for (const disk of dataDisks) {
    const { name, sizeGiB } = disk;
    if (await isThere(folder.file(diskFile(name)))) continue;
    const retained = retainedDisk(folder, name, ports);
    if (await isThere(retained)) {
      // Before it is back: no guest may take it for a new one.
      await noteUsed(folder, { dataDisks: [disk] });
      await rename(retained, folder.file(diskFile(name)));
      continue;
    }
    // Under its name it is whole, or not at all.
    await createDisk({ folder, file: `${diskFile(name)}.new`, sizeGiB }, ports, call);
    await rename(folder.file(`${diskFile(name)}.new`), folder.file(diskFile(name)));
  }
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
  return names.map((name) => ({ name, place: known.findIndex((disk) => disk.name === name) }));
}

/** The data disks of a definition as its guest is told of them. */
export async function guestDisks(
  folder: VmFolder,
  { dataDisks = [] }: Pick<VmSpec, "dataDisks">,
): Promise<readonly GuestDisk[]> {
  const used = new Set((await folder.readDataDisks()).flatMap((disk) => (disk.used ? [disk.name] : [])));
  return dataDisks.map((disk) => ({ ...disk, isNew: !used.has(disk.name) }));
}

/** Notes that the guest has mounted them. */
export async function noteUsed(folder: VmFolder, spec: Pick<VmSpec, "dataDisks">): Promise<void> {
  const names = namesOf(spec);
  if (names.length === 0) return;
  const known = await folder.readDataDisks();
  await folder.writeDataDisks(known.map(({ name, used }) => ({ name, used: used || names.includes(name) })));
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
 * guest may be using it. Gives whether anything changed. Source: QEMU, qapi/block-core.json and qapi/qdev.json.
 */
export async function fitDisks(folder: VmFolder, spec: VmSpec, monitor: Monitor): Promise<boolean> {
  const { diskGiB, dataDisks = [] } = spec;
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
  for (const { node, size } of small) await monitor.execute("block_resize", { "node-name": node, size });
  const attached = await attachedDisks(monitor);
  const absent = (await placesOf(folder, namesOf(spec))).filter(({ name }) => !attached.includes(name));
  for (const disk of absent) await monitor.execute("device_add", deviceOf(disk));
  return small.length + absent.length > 0;
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
