import { existsSync } from "node:fs";
import { mkdir, readdir, readFile } from "node:fs/promises";
import { join, relative } from "node:path";
import * as z from "zod";
import { StackhouseError } from "../base/errors.ts";
import { readFileIfPresent, writeFileAtomic } from "../system/files.ts";

/** What is put in the place of `{{key}}` in the templates of a new project. */
export type Blanks = Readonly<Record<string, string>>;

export interface ProjectContent {
  readonly blanks: Blanks;
  /** Further packages that it depends on, with their versions. */
  readonly libraries: Readonly<Record<string, string>>;
  /** What to do where one of its files is there already, besides to go elsewhere: the end of a sentence. */
  readonly instead: string;
}

/**
 * Writes the files of template folders into a folder, which is made when missing. Gives their names. What a run that was cut has written is whole, and
 * stays.
 *
 * @throws `input.invalid` when one of the files is there already and is another one; nothing is written then
 */
export async function writeProject(
  folder: string,
  templates: readonly string[],
  { blanks, libraries, instead }: ProjectContent,
): Promise<readonly string[]> {
  const sources = (await Promise.all(templates.map(filesOf))).flat().sort((a, b) => compare(a.name, b.name));
  const files = await Promise.all(
    sources.map(async ({ name, path }) => {
      const text = fillIn(await readFile(path, "utf8"), blanks);
      const content = name === "package.json" ? withLibraries(text, libraries) : text;
      return { name, content, found: await readFileIfPresent(join(folder, name)) };
    }),
  );
  const taken = files.filter(({ content, found }) => found !== undefined && found !== content).map(({ name }) => name);
  if (taken.length > 0) {
    throw new StackhouseError("input.invalid", `${folder} has ${taken.join(", ")} already`, {
      hint: `init overwrites nothing: run it in an empty folder; ${instead}`,
    });
  }
  await mkdir(folder, { recursive: true });
  for (const { name, content, found } of files) {
    if (found === undefined) await writeFileAtomic(join(folder, name), content);
  }
  return sources.map(({ name }) => name);
}

/** The manifest with further dependencies, sorted as npm does. */
function withLibraries(manifest: string, libraries: Blanks): string {
  const parsed = z.looseObject({ dependencies: z.record(z.string(), z.string()) }).parse(JSON.parse(manifest));
  const all = Object.entries({ ...parsed.dependencies, ...libraries }).sort(([a], [b]) => compare(a, b));
  return `${JSON.stringify({ ...parsed, dependencies: Object.fromEntries(all) }, undefined, 2)}\n`;
}

interface Source {
  /** In the new project. */
  readonly name: string;
  readonly path: string;
}

/** npm leaves files of these names out of packages: templates are named without their dots. */
const dotFiles: readonly string[] = ["gitignore", "npmrc"];

async function filesOf(template: string): Promise<readonly Source[]> {
  const names = await readdir(template);
  return names.map((name) => ({ name: dotFiles.includes(name) ? `.${name}` : name, path: join(template, name) }));
}

function fillIn(text: string, blanks: Blanks): string {
  return text.replaceAll(/\{\{([^}]+)\}\}/g, (_, key: string) => {
    const value = blanks[key];
    if (value === undefined) throw new Error(`the template has a blank without a value: ${key}`);
    return value;
  });
}

const manifestSchema = z.object({
  version: z.string().default("0.0.0"),
  dependencies: z.record(z.string(), z.string()),
  devDependencies: z.record(z.string(), z.string()).default({}),
});

/** Versions that a new project depends on: those that this build of Stackhouse was tested with. */
export async function versionBlanks(packageFolder: string, projectFolder: string): Promise<Blanks> {
  const [manifest, clouds] = await Promise.all([
    readManifest(packageFolder),
    readManifest(join(packageFolder, "tools", "clouds")),
  ]);
  const all = { ...manifest.devDependencies, ...manifest.dependencies, ...clouds.dependencies };
  const versions = Object.entries(all).map(([name, version]) => [`version:${name}`, version] as const);
  // A clone is depended on where it is: its version may be in no registry.
  const stackhouse = isClone(packageFolder)
    ? `file:${relative(projectFolder, packageFolder) || "."}`
    : manifest.version;
  return { ...Object.fromEntries(versions), stackhouse };
}

/** Whether Stackhouse runs from a clone of its repository, and not from a package of a registry. */
export function isClone(packageFolder: string): boolean {
  return existsSync(join(packageFolder, "modules"));
}

async function readManifest(folder: string): Promise<z.infer<typeof manifestSchema>> {
  return manifestSchema.parse(JSON.parse(await readFile(join(folder, "package.json"), "utf8")));
}

function compare(a: string, b: string): number {
  return a < b ? -1 : 1;
}
