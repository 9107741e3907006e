import { open, type FileHandle } from "node:fs/promises";
import { isErrno } from "../../../system/files.ts";
import { gibibyte } from "./qemu-img.ts";

const magic = 0x514649fb;
const headerBytes = 32;
const sizeAt = 24;

/**
 * Whole GiB of a disk as a guest sees it, also while a process has it; 0 for what is no disk, and undefined where there is none any more.
 * Source: QEMU, docs/interop/qcow2.rst.
 */
export async function diskSizeGiB(path: string): Promise<number | undefined> {
  await using file = await openIfPresent(path);
  if (file === undefined) return undefined;
  const { buffer, bytesRead } = await file.read(Buffer.alloc(headerBytes), 0, headerBytes, 0);
  const isDisk = bytesRead === headerBytes && buffer.readUInt32BE(0) === magic;
  return isDisk ? Math.ceil(Number(buffer.readBigUInt64BE(sizeAt)) / gibibyte) : 0;
}

async function openIfPresent(path: string): Promise<FileHandle | undefined> {
  try {
    return await open(path, "r");
  } catch (error) {
    if (isErrno(error, "ENOENT")) return undefined;
    throw error;
  }
}
