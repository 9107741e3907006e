import { chmod, mkdir, mkdtemp, readdir, rename, rm, stat, utimes } from "node:fs/promises";
import type { Stats } from "node:fs";
import { join } from "node:path";
import * as z from "zod";
import { isErrno, readFileIfPresent, syncPath, writeFileAtomic } from "../system/files.ts";
import type { Home } from "../system/home.ts";
import { areIntact, fileRecordsSchema, recordFiles, type FileRecords } from "./records.ts";

/** A booted VM as it was at one moment, from which others go on. Its files are read-only. */
export interface VmTemplate {
  readonly key: string;
  /** Tells it from others that were made for the same key. */
  readonly made: string;
  /** Holds `templateFiles`. */
  readonly folder: string;
}

/** Kernel, initial RAM disk and base image are there for the clone's later boots. */
export const templateFiles = ["kernel", "initrd", "base.qcow2", "template.qcow2", "ram", "state"] as const;

function isTemplateFile(name: string): boolean {
  return templateFiles.some((known) => known === name);
}

/** Those of its own; the rest is linked from an image, which vouches for it. */
const ownFiles = ["template.qcow2", "ram", "state"] as const;

const manifestFile = "manifest.json";
const manifestSchema = z.strictObject({ key: z.string(), recipe: z.unknown(), files: fileRecordsSchema });

/** Together they may take this much; the ones that were not used for longest go first. */
const keptBytes = 8 * 1024 ** 3;

/** The template of a key where it is in the cache and whole; it counts as used then. */
export async function findTemplate(home: Home, key: string): Promise<VmTemplate | undefined> {
  const folder = join(home.cache.templates, key);
  const text = await readFileIfPresent(join(folder, manifestFile));
  if (text === undefined) return undefined;
  const manifest = manifestSchema.safeParse(parseJson(text));
  if (!manifest.success || !(await areIntact(folder, ownFiles, manifest.data.files))) return undefined;
  const now = new Date();
  await utimes(folder, now, now);
  return { key, folder, made: madeAt(manifest.data.files) };
}

function madeAt(files: FileRecords): string {
  return String(files["state"]?.mtimeMs);
}

/**
 * Makes a template of the finished files in a folder on the same file system, which becomes it: by a rename, whole or not at all.
 * Others that were not used for long make room. The caller holds the lock of the key.
 */
export async function storeTemplate(home: Home, key: string, recipe: unknown, work: string): Promise<VmTemplate> {
  for (const name of await readdir(work)) {
    if (!isTemplateFile(name)) await rm(join(work, name), { recursive: true });
  }
  for (const name of templateFiles) await chmod(join(work, name), readOnlyFile);
  const files = await recordFiles(work, ownFiles);
  await writeFileAtomic(join(work, manifestFile), `${JSON.stringify({ key, recipe, files }, undefined, 2)}\n`, 0o444);
  const folder = join(home.cache.templates, key);
  await removeTemplate(home, key);
  await rename(work, folder);
  await syncPath(home.cache.templates);
  await makeRoom(home, key);
  return { key, folder, made: madeAt(files) };
}

/** Owner only: the memory of a guest that everybody's clones share is nobody else's to read. */
const readOnlyFile = 0o400;

/** Clones have links to what they need: none breaks. */
async function removeTemplate(home: Home, key: string): Promise<void> {
  await mkdir(home.cache.templates, { recursive: true });
  const gone = await mkdtemp(join(home.cache.templates, gonePrefix));
  try {
    await rename(join(home.cache.templates, key), join(gone, key));
  } catch (error) {
    if (!isErrno(error, "ENOENT")) throw error;
  }
  await rm(gone, { recursive: true, force: true });
}

const gonePrefix = ".gone-";
/** Taking one away takes seconds; what is older was left by a run that was killed. */
const goneMs = 10 * 60_000;

/** Takes away what killed runs had begun to take away. */
export async function sweepTemplates(home: Home, now: number): Promise<void> {
  for (const name of (await readdir(home.cache.templates)).filter((entry) => entry.startsWith(gonePrefix))) {
    const folder = join(home.cache.templates, name);
    const age = now - ((await statIfPresent(folder))?.mtimeMs ?? now);
    if (age > goneMs) await rm(folder, { recursive: true, force: true });
  }
}

async function makeRoom(home: Home, keep: string): Promise<void> {
  const names = (await readdir(home.cache.templates)).filter((name) => templateName.test(name));
  const found = await Promise.all(
    names.map(async (name) => {
      const folder = join(home.cache.templates, name);
      // One that others take away meanwhile counts for nothing.
      return { name, used: (await statIfPresent(folder))?.mtimeMs ?? 0, bytes: await bytesOf(folder) };
    }),
  );
  let bytes = 0;
  for (const one of found.sort((a, b) => Number(b.name === keep) - Number(a.name === keep) || b.used - a.used)) {
    bytes += one.bytes;
    if (one.name !== keep && bytes > keptBytes) await removeTemplate(home, one.name);
  }
}

/** What only the template takes: the rest is linked from images. */
async function bytesOf(folder: string): Promise<number> {
  const own = await Promise.all(ownFiles.map((name) => statIfPresent(join(folder, name))));
  return own.reduce((sum, file) => sum + (file?.blocks ?? 0) * blockBytes, 0);
}

async function statIfPresent(path: string): Promise<Stats | undefined> {
  try {
    return await stat(path);
  } catch (error) {
    if (isErrno(error, "ENOENT")) return undefined;
    throw error;
  }
}

/** Source: stat(2), st_blocks. */
const blockBytes = 512;
const templateName = /^[0-9a-f]{24}$/u;

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
