import { lstat, stat } from "node:fs/promises";
import { dirname, join, relative, resolve } from "node:path";
import { StackhouseError } from "../../base/errors.ts";
import { isErrno } from "../../system/files.ts";
import { isFolder } from "../../system/text-file.ts";
import { stackFilesNamedIn } from "./named-in-program.ts";

/** What a command is about: a Pulumi program, or stack files that the built-in program runs. */
export type FoundProject = Program | StackFiles;

export interface Program {
  readonly kind: "program";
  /** The folder of its `Pulumi.yaml`. */
  readonly directory: string;
}

export interface StackFiles {
  readonly kind: "stack-files";
  /** The folder that relative paths start from. */
  readonly directory: string;
  /** In merge order, absolute. */
  readonly files: readonly string[];
  /** The texts of those files that can be read once only, by path: standard input, and what a shell gives as `<(…)`. */
  readonly inputs?: Readonly<Record<string, string>>;
  readonly unread: readonly UnreadFile[];
}

/** A stack file that was found and is not read, since another one goes before it. */
export interface UnreadFile {
  readonly path: string;
  readonly read: string;
}

/** Where to look for stack files, and which. */
export interface Search {
  /** Where the user is: absolute. */
  readonly directory: string;
  /** The folder that relative paths start from, where an option names it. */
  readonly projectDirectory?: string | undefined;
  /** Stack files that options name; `-` is standard input. */
  readonly files?: readonly string[] | undefined;
  /** Stack files that the environment names. */
  readonly named: readonly string[];
}

/** The path by which findings name standard input. */
export const standardInput = "/dev/stdin";

/** What was open when the command began. */
const descriptor = /^\/(?:dev|proc\/self)\/fd\/\d+$/;

/**
 * Names of stack files, the preferred one first, and of the override that is merged over each.
 * Source: https://github.com/compose-spec/compose-spec/blob/main/spec.md (The Compose file), and `docker compose`.
 */
const stackFiles = ["compose.yaml", "compose.yml", "docker-compose.yml", "docker-compose.yaml"];
const overrides = [
  "compose.override.yml",
  "compose.override.yaml",
  "docker-compose.override.yml",
  "docker-compose.override.yaml",
];

/** Reads, to its end, what can be read once only. */
type ReadInput = (path: string) => Promise<string>;

/**
 * Finds what to work on: the given stack files, else the nearest folder upwards with a `Pulumi.yaml` or a stack file; in
 * one folder the Pulumi program wins, and goes before what the environment names.
 *
 * @throws `stackfile.missing`; `input.invalid` for a folder to start from or a project directory that is none, and for standard input, which is gone when
 * the program reads it again
 */
export async function findProject(search: Search): Promise<FoundProject> {
  const { files = [], named } = search;
  await refuseNoFolder(search);
  if (files.length > 0) return givenStackFiles(search, files, refuseInput);
  for (const folder of upwards(startOf(search))) {
    if (await isFile(join(folder, "Pulumi.yaml"))) return { kind: "program", directory: folder };
    const found = named.length > 0 ? undefined : await defaultStackFiles(folder, search);
    if (found !== undefined) return found;
  }
  if (named.length > 0) return givenStackFiles(search, named, refuseInput);
  throw new StackhouseError("stackfile.missing", `no Pulumi.yaml and no stack file in ${startOf(search)} or above`, {
    hint: "start a project with stackhouse init, or name a stack file with --file",
  });
}

/**
 * Like `findProject`, for what is only about stack files: a Pulumi program is looked past.
 *
 * @throws `stackfile.missing`; `input.invalid` for a folder to start from or a project directory that is none
 */
export async function findStackFiles(search: Search, readInput: ReadInput): Promise<StackFiles> {
  const { directory, named } = search;
  const files = search.files ?? named;
  await refuseNoFolder(search);
  if (files.length > 0) return givenStackFiles(search, files, readInput);
  let program: string | undefined;
  for (const folder of upwards(startOf(search))) {
    const found = await defaultStackFiles(folder, search);
    if (found !== undefined) return found;
    if (program === undefined && (await isFile(join(folder, "Pulumi.yaml")))) program = folder;
  }
  throw new StackhouseError("stackfile.missing", `no stack file in ${startOf(search)} or above`, {
    hint:
      program === undefined
        ? `its name is ${stackFiles.join(", ")}; name another one with --file`
        : await hintOfProgram(program, directory),
  });
}

/** What to type where a program names its stack file itself. */
async function hintOfProgram(program: string, directory: string): Promise<string> {
  const [named, ...others] = (await stackFilesNamedIn(program)).map((path) => relative(directory, path)).sort();
  if (named === undefined) return `the program in ${program} says which it uses; name it with --file`;
  const also = others.length === 0 ? "" : `, or ${others.join(", ")}`;
  return `the program in ${program} uses ${named}${also}: add --file ${named}`;
}

function startOf({ directory, projectDirectory = "." }: Search): string {
  return resolve(directory, projectDirectory);
}

/** What lies above a folder that is not there is not what was meant. A project directory without anything in it is one, there or not. */
async function refuseNoFolder(search: Search): Promise<void> {
  if (!isFolder(search.directory)) {
    throw new StackhouseError("input.invalid", `${search.directory} is not a folder`, {
      hint: "-C takes the folder to start from; it must be there",
    });
  }
  if (search.projectDirectory === undefined) return;
  const path = startOf(search);
  if (!(await isThere(path)) || isFolder(path)) return;
  throw new StackhouseError("input.invalid", `${path} is not a folder`, {
    hint: "--project-directory takes the folder that relative paths start from; --file names a stack file",
  });
}

/** The folder that relative paths start from with these stack files: that of the first one, if nothing else is said. */
export function projectFolder(
  { directory, projectDirectory }: Omit<Search, "named">,
  files: readonly string[],
): string {
  if (projectDirectory !== undefined) return resolve(directory, projectDirectory);
  const first = files.find((file) => file !== "-");
  return first === undefined ? directory : dirname(resolve(directory, first));
}

async function givenStackFiles(search: Search, files: readonly string[], readInput: ReadInput): Promise<StackFiles> {
  const paths = files.map((file) => (file === "-" ? standardInput : resolve(search.directory, file)));
  for (const path of paths) {
    // What is there and is no stack file is told when it is read.
    if (path !== standardInput && (await isMissing(path))) {
      throw new StackhouseError("stackfile.missing", `there is no stack file ${path}`, {
        hint: "--file and COMPOSE_FILE take paths from the folder where you are",
      });
    }
  }
  const inputs: Record<string, string> = {};
  for (const path of new Set(paths)) if (await isReadOnce(path)) inputs[path] = await readInput(path);
  return { kind: "stack-files", directory: projectFolder(search, files), files: paths, unread: [], inputs };
}

/** A pipe that has a name is none: nobody may ever write to it. */
async function isReadOnce(path: string): Promise<boolean> {
  if (path === standardInput) return true;
  return descriptor.test(path) && (await stat(path)).isFIFO();
}

function refuseInput(path: string): never {
  const what = path === standardInput ? "standard input" : `a pipe, as ${path} is,`;
  throw new StackhouseError("input.invalid", `the stack file cannot be ${what} here: it is read again later`, {
    hint: "write it to a file, and name that with --file; only stackhouse config reads standard input and pipes",
  });
}

async function defaultStackFiles(folder: string, search: Search): Promise<StackFiles | undefined> {
  const [main, ...unread] = await present(folder, stackFiles);
  if (main === undefined) return undefined;
  const [override, ...unreadOverrides] = await present(folder, overrides);
  return {
    kind: "stack-files",
    directory: search.projectDirectory === undefined ? folder : startOf(search),
    files: override === undefined ? [main] : [main, override],
    unread: [
      ...unread.map((path) => ({ path, read: main })),
      ...unreadOverrides.map((path) => ({ path, read: override ?? "" })),
    ],
  };
}

/** Those that are there, whatever they are: what is no text is told when it is read. A link to nothing counts where it is alone. */
async function present(folder: string, names: readonly string[]): Promise<readonly string[]> {
  const paths = names.map((name) => join(folder, name));
  const there = await pathsThat(isThere, paths);
  return there.length > 0 ? there : await pathsThat(isEntry, paths);
}

async function pathsThat(
  holds: (path: string) => Promise<boolean>,
  paths: readonly string[],
): Promise<readonly string[]> {
  const each = await Promise.all(paths.map(holds));
  return paths.filter((_, index) => each[index]);
}

function isThere(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}

function isEntry(path: string): Promise<boolean> {
  return lstat(path).then(
    () => true,
    () => false,
  );
}

async function isFile(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isFile();
  } catch {
    return false;
  }
}

async function isMissing(path: string): Promise<boolean> {
  try {
    await stat(path);
    return false;
  } catch (error) {
    return isErrno(error, "ENOENT") || isErrno(error, "ENOTDIR");
  }
}

function upwards(directory: string): readonly string[] {
  const parent = dirname(directory);
  return parent === directory ? [directory] : [directory, ...upwards(parent)];
}
