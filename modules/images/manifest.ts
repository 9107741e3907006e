import { readFile } from "node:fs/promises";
import { join } from "node:path";
import * as z from "zod";
import { readFileIfPresent, writeFileAtomic } from "../system/files.ts";
import { parseJson } from "../system/json.ts";
import { imageFiles } from "./build.ts";
import { fileRecordsSchema, recordFiles } from "./records.ts";
import { noteVerified, stampsOf } from "./verified.ts";

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
  const names = Object.values(imageFiles);
  const stamps = await stampsOf(folder, names);
  const files = await recordFiles(folder, names);
  const list = await readFile(join(folder, packagesFile), "utf8");
  const packages = list
    .trim()
    .split("\n")
    .map((line) => line.replace("\t", " "));
  const manifest: Manifest = { ...origin, packages, files };
  await writeFileAtomic(join(folder, manifestFile), `${JSON.stringify(manifest, undefined, 2)}\n`, 0o444);
  await noteVerified(folder, stamps);
}

/** Undefined where there is none, or a damaged one. */
export async function readManifest(folder: string): Promise<Manifest | undefined> {
  return manifestSchema.safeParse(parseJson((await readFileIfPresent(join(folder, manifestFile))) ?? "")).data;
}
