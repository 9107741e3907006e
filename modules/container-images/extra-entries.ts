import { readFile, readdir, stat } from "node:fs/promises";
import { join, relative } from "node:path";
import { StackhouseError } from "../base/errors.ts";
import { isErrno } from "../system/files.ts";
import type { LayerEntry } from "./layers.ts";
import type { ImageRecipe } from "./recipe.ts";

/** The entries that a recipe adds to the packages: its folders, and its files as readable by all. */
export async function readExtraEntries(folder: string, recipe: ImageRecipe): Promise<readonly LayerEntry[]> {
  const folders = Object.entries(recipe.folders).map(([path, owner]) => folderEntry(path, owner));
  const files = await Promise.all(
    Object.entries(recipe.files).map(async ([path, source]) => {
      const from = join(folder, source);
      const found = await filesBelow(from);
      return Promise.all(found.map(async (file) => fileEntry(join(path, relative(from, file)), await readFile(file))));
    }),
  );
  return [...folders, ...files.flat()];
}

const timeless = { mtime: new Date(0) };

function folderEntry(path: string, owner: string): LayerEntry {
  const [uid = 0, gid = 0] = owner.split(":").map(Number);
  return {
    header: { ...timeless, name: `${path.slice(1)}/`, type: "directory", mode: 0o755, uid, gid },
    content: new Uint8Array(),
  };
}

function fileEntry(path: string, content: Uint8Array): LayerEntry {
  return { header: { ...timeless, name: path.slice(1), mode: 0o644, uid: 0, gid: 0, size: content.length }, content };
}

async function filesBelow(path: string): Promise<readonly string[]> {
  try {
    if (!(await stat(path)).isDirectory()) return [path];
  } catch (error) {
    if (isErrno(error, "ENOENT"))
      throw new StackhouseError("input.invalid", `the recipe names ${path}, which is not there`);
    throw error;
  }
  const entries = await readdir(path, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}
