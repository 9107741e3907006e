import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import * as z from "zod";
import { readFileIfPresent, syncPath, writeFileAtomic } from "../system/files.ts";
import { imageFiles } from "./build.ts";

const fileSchema = z.strictObject({ sha256: z.string(), size: z.number(), mtimeMs: z.number() });
type FileRecord = z.infer<typeof fileSchema>;

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
  files: z.record(z.string(), fileSchema),
});
export type Manifest = z.infer<typeof manifestSchema>;

const manifestFile = "manifest.json";
/** Name and version of each package, as `dpkg-query --show` prints them. */
export const packagesFile = "packages";

/** Records the files of a finished image, and makes sure that they are on the disk before the record is. */
export async function writeManifest(folder: string, origin: Omit<Manifest, "packages" | "files">): Promise<void> {
  const files: Record<string, FileRecord> = {};
  for (const name of Object.values(imageFiles)) {
    await syncPath(join(folder, name));
    files[name] = await describeFile(join(folder, name));
  }
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
  for (const name of Object.values(imageFiles)) {
    const recorded = manifest.files[name];
    if (recorded === undefined || !(await matches(join(folder, name), recorded))) return undefined;
  }
  return manifest;
}

async function readManifest(folder: string): Promise<Manifest | undefined> {
  const text = await readFileIfPresent(join(folder, manifestFile));
  try {
    return text === undefined ? undefined : manifestSchema.parse(JSON.parse(text));
  } catch {
    return undefined; // A damaged manifest is no manifest.
  }
}

async function matches(path: string, recorded: FileRecord): Promise<boolean> {
  const found = await stat(path).catch(() => undefined);
  if (found?.size !== recorded.size) return false;
  return found.mtimeMs === recorded.mtimeMs || (await sha256Of(path)) === recorded.sha256;
}

async function describeFile(path: string): Promise<FileRecord> {
  const sha256 = await sha256Of(path);
  const { size, mtimeMs } = await stat(path);
  return { sha256, size, mtimeMs };
}

export async function sha256Of(path: string): Promise<string> {
  const digest = createHash("sha256");
  await pipeline(createReadStream(path), digest);
  return digest.digest("hex");
}
