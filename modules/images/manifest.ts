import { readFile } from "node:fs/promises";
import { join } from "node:path";
import * as z from "zod";
import { readFileIfPresent, writeFileAtomic } from "../system/files.ts";
import { imageFiles } from "./build.ts";
import { areIntact, fileRecordsSchema, recordFiles } from "./records.ts";

/** What lies beside the files of an image, written last: a folder without it is not an image. */
const manifestSchema = z.strictObject({
  key: z.string(),
  node: z.strictObject({ version: z.string(), sha256: z.string() }),
  /** Debian packages in the guest, `name version`. */
  packages: z.array(z.string()),
  kernelArguments: z.array(z.string()),
  /** Size of the disk as a guest sees it. */
  diskBytes: z.number(),
  recipe: z.unknown(),
  files: fileRecordsSchema,
});
export type Manifest = z.infer<typeof manifestSchema>;

const manifestFile = "manifest.json";
/** Name and version of each package, as `dpkg-query --show` prints them. */
export const packagesFile = "packages";

/** Records the files of a finished image, and makes sure that they are on the disk before the record is. */
export async function writeManifest(folder: string, origin: Omit<Manifest, "packages" | "files">): Promise<void> {
  const files = await recordFiles(folder, Object.values(imageFiles));
  const list = await readFile(join(folder, packagesFile), "utf8");
  const packages = list
    .trim()
    .split("\n")
    .map((line) => line.replace("\t", " "));
  const manifest: Manifest = { ...origin, packages, files };
  await writeFileAtomic(join(folder, manifestFile), `${JSON.stringify(manifest, undefined, 2)}\n`, 0o444);
}

/**
 * The manifest of a whole image: sizes and times as recorded, digests where a time differs. Cheap as long as nobody touched it.
 * Undefined where there is no image, or a damaged one.
 */
export async function manifestOfIntact(folder: string): Promise<Manifest | undefined> {
  const manifest = await readManifest(folder);
  if (manifest === undefined) return undefined;
  return (await areIntact(folder, Object.values(imageFiles), manifest.files)) ? manifest : undefined;
}

async function readManifest(folder: string): Promise<Manifest | undefined> {
  const text = await readFileIfPresent(join(folder, manifestFile));
  try {
    return text === undefined ? undefined : manifestSchema.parse(JSON.parse(text));
  } catch {
    return undefined; // A damaged manifest is no manifest.
  }
}
