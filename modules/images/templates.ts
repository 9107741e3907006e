import { chmod, readdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import * as z from "zod";
import { discard, listCache, markUsed, type CachedFile, type CacheEntry, type CacheKind } from "../system/cache.ts";
import { isErrno, namesIn, readFileIfPresent, syncPath, writeFileAtomic } from "../system/files.ts";
import type { Home } from "../system/home.ts";
import { parseJson } from "../system/json.ts";
import { fileRecordsSchema, recordFiles, type FileRecords } from "./records.ts";
import type { ImageDigests } from "./store.ts";
import { areVerified, noteVerified, stampsOf, verify } from "./verified.ts";

/**
 * Where the memory of a template is: in a file that clones map, each privately, or in its state, which they read. Mapping is quicker
 * by a second and saves memory.
 */
export type TemplateMemory = "mapped" | "streamed";

/** A booted VM as it was at one moment, from which others go on. Its files are read-only. */
export interface VmTemplate {
  readonly key: string;
  readonly memory: TemplateMemory;
  /** Tells it from others that were made for the same key. */
  readonly made: string;
  /** Holds its `templateFiles`. */
  readonly folder: string;
  /** Of what it has of its image. */
  readonly digests: ImageDigests;
}

/** Those of its own; the rest is linked from an image. */
const ownFiles: Readonly<Record<TemplateMemory, readonly string[]>> = {
  mapped: ["template.qcow2", "ram", "state"],
  streamed: ["template.qcow2", "state"],
};

/** The files of a template. Kernel, initial RAM disk and base image are there for the clone's later boots. */
export function templateFiles(memory: TemplateMemory): readonly string[] {
  return ["kernel", "initrd", "base.qcow2", ...ownFiles[memory]];
}

const manifestFile = "manifest.json";
const manifestSchema = z.strictObject({
  key: z.string(),
  recipe: z.unknown(),
  memory: z.enum(["mapped", "streamed"]),
  files: fileRecordsSchema,
});
type TemplateManifest = z.infer<typeof manifestSchema>;

const keptBytes = 8 * 1024 ** 3;

export interface MadeTemplate {
  readonly key: string;
  /** What it was made of. */
  readonly recipe: unknown;
  readonly memory: TemplateMemory;
  /** The folder with its finished files, on the file system of the cache. */
  readonly work: string;
  /** All templates together may take this much, those not used for longest go first. Default: 8 GiB. */
  readonly keptBytes?: number;
}

/**
 * The template of a key where it is in the cache and was found to be whole since the workstation was started; it counts as used then.
 * Others may take it away at any time.
 */
export async function findTemplate(home: Home, key: string): Promise<VmTemplate | undefined> {
  const folder = join(home.cache.templates, key);
  const manifest = await readManifest(folder);
  if (manifest === undefined || !(await areVerified(folder, templateFiles(manifest.memory)))) return undefined;
  return await used(folder, manifest);
}

/** What was found of a template. */
export type FoundTemplate =
  | { readonly state: "whole"; readonly template: VmTemplate }
  | { readonly state: "absent" }
  /** The reason is a part of a sentence. */
  | { readonly state: "damaged"; readonly reason: string };

/**
 * Reads a template to the last bit: seconds. Gives it where it is whole, and `findTemplate` does from then on. The caller holds the
 * lock of the key.
 */
export async function verifyTemplate(home: Home, key: string): Promise<FoundTemplate> {
  const folder = join(home.cache.templates, key);
  const manifest = await readManifest(folder);
  if (manifest === undefined) return await notWhole(folder, "its manifest cannot be read");
  const difference = await differenceFrom(manifest, folder);
  if (difference !== undefined) return await notWhole(folder, difference);
  const template = await used(folder, manifest);
  return template === undefined ? { state: "absent" } : { state: "whole", template };
}

/** Others may have taken it away, with all of its files. */
async function notWhole(folder: string, reason: string): Promise<FoundTemplate> {
  return (await namesIn(folder)).length === 0 ? { state: "absent" } : { state: "damaged", reason };
}

async function differenceFrom({ memory, files }: TemplateManifest, folder: string): Promise<string | undefined> {
  try {
    return await verify(folder, templateFiles(memory), files);
  } catch (error) {
    if (isErrno(error, "ENOENT")) return "a file of it is missing";
    throw error;
  }
}

/** Undefined where it was taken away meanwhile. */
async function used(folder: string, { key, memory, files }: TemplateManifest): Promise<VmTemplate | undefined> {
  try {
    await markUsed(folder);
    return { key, memory, folder, made: madeAt(files), digests: imageDigests(files) };
  } catch (error) {
    if (isErrno(error, "ENOENT")) return undefined;
    throw error;
  }
}

/** Which template a folder holds, as `made` tells it; undefined where it holds none. */
export async function madeIn(folder: string): Promise<string | undefined> {
  const manifest = await readManifest(folder);
  return manifest && madeAt(manifest.files);
}

async function readManifest(folder: string): Promise<TemplateManifest | undefined> {
  return manifestSchema.safeParse(parseJson((await readFileIfPresent(join(folder, manifestFile))) ?? "")).data;
}

function imageDigests(files: FileRecords): ImageDigests {
  const named = { kernel: files["kernel"], initrd: files["initrd"], disk: files["base.qcow2"] };
  return Object.fromEntries(Object.entries(named).flatMap(([name, file]) => (file ? [[name, file.sha256]] : [])));
}

function madeAt(files: FileRecords): string {
  return String(files["state"]?.mtimeMs);
}

/**
 * Makes a template of a folder, which becomes it: by a rename, whole or not at all. Others make room. The caller holds the lock of
 * the key.
 */
export async function storeTemplate(home: Home, made: MadeTemplate): Promise<VmTemplate> {
  const { key, recipe, memory, work } = made;
  const kept = templateFiles(memory);
  for (const name of await readdir(work)) {
    if (!kept.includes(name)) await rm(join(work, name), { recursive: true });
  }
  for (const name of ownFiles[memory]) await chmod(join(work, name), readOnlyFile);
  const stamps = await stampsOf(work, kept);
  const files = await recordFiles(work, kept);
  const manifest = JSON.stringify({ key, recipe, memory, files }, undefined, 2);
  await writeFileAtomic(join(work, manifestFile), `${manifest}\n`, 0o444);
  await noteVerified(work, stamps);
  const folder = join(home.cache.templates, key);
  await discard(folder);
  await rename(work, folder);
  await syncPath(home.cache.templates);
  await makeRoom(home, key, made.keptBytes ?? keptBytes);
  return { key, memory, folder, made: madeAt(files), digests: imageDigests(files) };
}

/** Owner only: the memory of a guest that everybody's clones share is nobody else's to read. */
const readOnlyFile = 0o400;

/** Those that were not used for longest go, but none that a clone stands on: its disk would stay. */
async function makeRoom(home: Home, keep: string, mostBytes: number): Promise<void> {
  const entries = (await listCache([templateKind(home)])).map((entry) => ({ ...entry, own: ownFilesOf(entry) }));
  const stays = ({ name, own }: (typeof entries)[number]): boolean =>
    name === keep || own.some(({ links }) => links > 1);
  const rank = (entry: (typeof entries)[number]): number => (stays(entry) ? Number.POSITIVE_INFINITY : entry.usedAt);
  let bytes = 0;
  for (const entry of entries.toSorted((one, other) => rank(other) - rank(one))) {
    bytes += entry.own.reduce((sum, file) => sum + file.bytes, 0);
    if (!stays(entry) && bytes > mostBytes) await discard(entry.path);
  }
}

/** The rest is linked from images. */
function ownFilesOf({ files }: CacheEntry): readonly CachedFile[] {
  return files.filter(({ name }) => ownFiles.mapped.includes(name));
}

/** Templates in the cache, each made under a lock of its own. */
export function templateKind({ cache: { templates } }: Home) {
  return {
    what: "VM template",
    disk: "template.qcow2",
    folder: templates,
    isEntry: (name) => templateName.test(name),
    lockOf: (name) => join(templates, `${name}.lock`),
  } satisfies CacheKind;
}

/** Where it is noted that the template of a key failed. */
export function failedTemplatePath({ cache: { templates } }: Home, key: string): string {
  return join(templates, `${key}${failedSuffix}`);
}

/** Keys of templates of which it is noted that they failed. */
export async function failedTemplates(home: Home): Promise<readonly string[]> {
  const { folder, isEntry } = failedTemplateKind(home);
  return (await namesIn(folder)).filter(isEntry).map((name) => name.slice(0, -failedSuffix.length));
}

/** What is noted of templates that failed: the next VM of the kind tries again where it is gone. */
export function failedTemplateKind({ cache: { templates } }: Home) {
  return {
    what: "failure of a VM template",
    folder: templates,
    isEntry: (name) => name.endsWith(failedSuffix) && templateName.test(name.slice(0, -failedSuffix.length)),
  } satisfies CacheKind;
}

const failedSuffix = ".failed.json";
const templateName = /^[0-9a-f]{24}$/u;
