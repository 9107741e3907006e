import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import * as z from "zod";
import { syncPath } from "../system/files.ts";

const recordSchema = z.strictObject({ sha256: z.string(), size: z.number(), mtimeMs: z.number() });
type FileRecord = z.infer<typeof recordSchema>;

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

/** Whether files are as recorded: sizes and times, and digests where a time differs. Cheap as long as nobody touched them. */
export async function areIntact(folder: string, names: readonly string[], records: FileRecords): Promise<boolean> {
  for (const name of names) {
    const recorded = records[name];
    if (recorded === undefined || !(await matches(join(folder, name), recorded))) return false;
  }
  return true;
}

/** Whether files are as recorded, to the last bit. */
export async function areSame(folder: string, names: readonly string[], records: FileRecords): Promise<boolean> {
  for (const name of names) {
    const found = await stat(join(folder, name)).catch(() => undefined);
    const recorded = records[name];
    if (recorded === undefined || found?.size !== recorded.size) return false;
    if ((await sha256Of(join(folder, name))) !== recorded.sha256) return false;
  }
  return true;
}

async function matches(path: string, recorded: FileRecord): Promise<boolean> {
  const found = await stat(path).catch(() => undefined);
  if (found?.size !== recorded.size) return false;
  return found.mtimeMs === recorded.mtimeMs || (await sha256Of(path)) === recorded.sha256;
}

/** Read in larger pieces than Node's own a file takes a third of the time. */
const pieceBytes = 1024 ** 2;

export async function sha256Of(path: string): Promise<string> {
  const digest = createHash("sha256");
  await pipeline(createReadStream(path, { highWaterMark: pieceBytes }), digest);
  return digest.digest("hex");
}
