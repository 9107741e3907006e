import { join } from "node:path";
import * as z from "zod";
import { imageFileNames, type ImageDigests } from "../../../images/index.ts";
import { readFileIfPresent, writeFileAtomic } from "../../../system/files.ts";
import { parseJson } from "../../../system/json.ts";
import type { VmFolder } from "../folder.ts";

export const imageRecordFile = "image.json";
const schema: z.ZodType<ImageDigests> = z.partialRecord(z.enum(imageFileNames), z.string());

/** Notes beside the files of an image what they are, whose cache may have another making of its key later. */
export async function writeImageRecord(place: string, digests: ImageDigests): Promise<void> {
  await writeFileAtomic(join(place, imageRecordFile), `${JSON.stringify(digests, undefined, 2)}\n`, 0o600);
}

/** What the files of a VM's image were when it got them; undefined where it was not noted, as by older versions. */
export async function readImageRecord(folder: VmFolder): Promise<ImageDigests | undefined> {
  return schema.safeParse(parseJson((await readFileIfPresent(folder.file(imageRecordFile))) ?? "")).data;
}
