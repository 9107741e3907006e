import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import * as z from "zod";
import { syncPath } from "../system/files.ts";

const recordSchema = z.strictObject({ sha256: z.string(), size: z.number(), mtimeMs: z.number() });

/** What is known of the files of a folder in the cache, by name. */
export const fileRecordsSchema = z.record(z.string(), recordSchema);
export type FileRecords = z.infer<typeof fileRecordsSchema>;

/** Describes finished files, and makes sure that they are on the disk before the description is. */
export async function recordFiles(folder: string, names: readonly string[]): Promise<FileRecords> {
  const records: FileRecords = {};
  for (const name of names) {
    const path = join(folder, name);
    await syncPath(path);
    const sha256 = await sha256Of(path);
    const { size, mtimeMs } = await stat(path);
    records[name] = { sha256, size, mtimeMs };
  }
  return records;
}

/** Whether files are there with the sizes that were recorded, which says nothing of what is in them. */
export async function haveSizes(folder: string, names: readonly string[], records: FileRecords): Promise<boolean> {
  for (const name of names) {
    const found = await stat(join(folder, name)).catch(() => undefined);
    if (found === undefined || found.size !== records[name]?.size) return false;
  }
  return true;
}

/** Whether files are as recorded, to the last bit. */
export async function areSame(
  folder: string,
  names: readonly string[],
  records: FileRecords,
  signal?: AbortSignal,
): Promise<boolean> {
  if (!(await haveSizes(folder, names, records))) return false;
  for (const name of names) {
    if ((await sha256Of(join(folder, name), signal)) !== records[name]?.sha256) return false;
  }
  return true;
}

/** Read in larger pieces than Node's own a file takes a third of the time. */
const pieceBytes = 1024 ** 2;

export async function sha256Of(path: string, signal?: AbortSignal): Promise<string> {
  const digest = createHash("sha256");
  const ending = signal === undefined ? {} : { signal };
  await pipeline(createReadStream(path, { highWaterMark: pieceBytes }), digest, ending);
  return digest.digest("hex");
}
