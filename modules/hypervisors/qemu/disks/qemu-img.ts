import * as z from "zod";
import { StackhouseError } from "../../../base/errors.ts";
import type { DriverCall } from "../../driver.ts";
import type { VmFolder } from "../folder.ts";
import { lastLines } from "../program/lines.ts";
import type { QemuPorts } from "../ports.ts";
import { exhaustion } from "../program/resources.ts";
import { missingQemu } from "../program/version.ts";

export const gibibyte = 1024 ** 3;
const infoSchema = z.object({ "virtual-size": z.number() });

export interface Overlay {
  readonly folder: VmFolder;
  readonly diskGiB: number;
  /** The file beside it that it stands on. */
  readonly on: "base.qcow2" | "template.qcow2";
}

/** Makes a disk that holds only what differs from the one that it stands on. */
export async function createOverlay(
  { folder, diskGiB, on }: Overlay,
  ports: QemuPorts,
  call: DriverCall,
): Promise<void> {
  const backing = ["-b", on, "-F", "qcow2"];
  const args = ["create", "-q", "-f", "qcow2", ...backing, "disk.qcow2", `${diskGiB}G`];
  await qemuImg({ args, folder, cannot: "the disk cannot be made" }, ports, call);
}

/** A disk that is a file of a VM's folder. */
export interface DiskImage {
  readonly folder: VmFolder;
  readonly file: string;
  readonly sizeGiB: number;
}

/** Makes an empty disk. */
export async function createDisk(
  { folder, file, sizeGiB }: DiskImage,
  ports: QemuPorts,
  call: DriverCall,
): Promise<void> {
  const args = ["create", "-q", "-f", "qcow2", file, `${sizeGiB}G`];
  await qemuImg({ args, folder, cannot: `${file} cannot be made` }, ports, call);
}

/** Gives a stopped VM's disk its size; the guest's file system follows at boot. */
export async function growDisk(
  { folder, file, sizeGiB }: DiskImage,
  ports: QemuPorts,
  call: DriverCall,
): Promise<void> {
  const looking = { args: ["info", "--output=json", file], folder, cannot: `${file} cannot be read` };
  const output = await qemuImg(looking, ports, call);
  if (infoSchema.parse(JSON.parse(output))["virtual-size"] >= sizeGiB * gibibyte) return;
  const args = ["resize", "-q", "-f", "qcow2", file, `${sizeGiB}G`];
  await qemuImg({ args, folder, cannot: `${file} cannot grow to ${sizeGiB} GiB` }, ports, call);
}

/** Writes the disk of a stopped VM and the image that it stands on as one. */
export async function flattenDisk(folder: VmFolder, path: string, ports: QemuPorts, call: DriverCall): Promise<void> {
  const args = ["convert", "-q", "-f", "qcow2", "-O", "qcow2", "disk.qcow2", path];
  await qemuImg({ args, folder, cannot: `the disk cannot be written to ${path}` }, ports, {
    ...call,
    timeoutMs: copyDeadlineMs,
  });
}

/** Gigabytes, on a slow disk. */
const copyDeadlineMs = 30 * 60_000;
const shortMs = 60_000;

interface ImageWork {
  readonly args: readonly string[];
  readonly folder: VmFolder;
  /** What a person is told where it fails. */
  readonly cannot: string;
}

async function qemuImg(
  { args, folder, cannot }: ImageWork,
  ports: QemuPorts,
  { signal, timeoutMs = shortMs }: DriverCall & { readonly timeoutMs?: number },
): Promise<string> {
  const result = await missingQemu(() => ports.runner.exec("qemu-img", args, { cwd: folder.path, signal, timeoutMs }));
  if (result.exitCode === 0) return result.stdout;
  const details = lastLines(result.stderr, 6);
  const failed = new StackhouseError("vm.disk-failed", `the VM ${folder.id}: ${cannot}`, {
    details,
    hint: `qemu-img says why; the files are in ${folder.path}`,
  });
  throw exhaustion(result.stderr, details) ?? failed;
}
