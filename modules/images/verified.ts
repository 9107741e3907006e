import { stat } from "node:fs/promises";
import { join } from "node:path";
import * as z from "zod";
import { bootId } from "../system/boot-id.ts";
import { readFileIfPresent, writeFileAtomic } from "../system/files.ts";
import { parseJson } from "../system/json.ts";
import { differenceInContent, differenceInSize, type FileRecords } from "./records.ts";

// What is used is read to the last bit once in each run of the workstation's system, and when it was touched: reading all of it takes
// seconds, and VMs begin in milliseconds. The record lies beside the files.

const verifiedFile = "verified.json";

const stampSchema = z.strictObject({ size: z.number(), mtimeMs: z.number() });
const verifiedSchema = z.strictObject({ bootId: z.string(), files: z.record(z.string(), stampSchema) });
type Verified = z.infer<typeof verifiedSchema>;

/** What files are before somebody reads them: to be noted when they are found to be whole. Fails where one is missing. */
export async function stampsOf(folder: string, names: readonly string[]): Promise<Verified> {
  const files: Verified["files"] = {};
  for (const name of names) {
    const { size, mtimeMs } = await stat(join(folder, name));
    files[name] = { size, mtimeMs };
  }
  return { bootId: await bootId(), files };
}

export async function noteVerified(folder: string, verified: Verified): Promise<void> {
  await writeFileAtomic(join(folder, verifiedFile), `${JSON.stringify(verified, undefined, 2)}\n`, 0o400);
}

/** Whether files were found to be whole since the workstation was started, and were not touched since. */
export async function areVerified(folder: string, names: readonly string[]): Promise<boolean> {
  const noted = verifiedSchema.safeParse(parseJson((await readFileIfPresent(join(folder, verifiedFile))) ?? "")).data;
  if (noted?.bootId !== (await bootId())) return false;
  for (const name of names) {
    const found = await stat(join(folder, name)).catch(() => undefined);
    const then = noted.files[name];
    if (then === undefined || found?.size !== then.size || found.mtimeMs !== then.mtimeMs) return false;
  }
  return true;
}

/** Reads files to the last bit, and notes it where they are as recorded; else tells which is not, as a part of a sentence. */
export async function verify(
  folder: string,
  names: readonly string[],
  records: FileRecords,
  signal?: AbortSignal,
): Promise<string | undefined> {
  const size = await differenceInSize(folder, names, records);
  if (size !== undefined) return size;
  const stamps = await stampsOf(folder, names);
  const content = await differenceInContent(folder, names, records, signal);
  if (content === undefined) await noteVerified(folder, stamps);
  return content;
}
