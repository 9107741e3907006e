import { stat } from "node:fs/promises";
import { dirname, join, relative, resolve } from "node:path";
import { StackhouseError } from "../../base/errors.ts";
import { isErrno } from "../../system/files.ts";
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
}

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

/**
 * Finds what to work on: the given stack files, else the nearest folder upwards with a `Pulumi.yaml` or a stack file; in
 * one folder the Pulumi program wins. `named` are the stack files that the environment names: only a program goes before them.
 *
 * @throws `stackfile.missing`
 */
export async function findProject(
  directory: string,
  files: readonly string[] = [],
  named: readonly string[] = [],
): Promise<FoundProject> {
  if (files.length > 0) return givenStackFiles(directory, files);
  for (const folder of upwards(directory)) {
    if (await isFile(join(folder, "Pulumi.yaml"))) return { kind: "program", directory: folder };
    const found = named.length > 0 ? [] : await defaultStackFiles(folder);
    if (found.length > 0) return { kind: "stack-files", directory: folder, files: found };
  }
  if (named.length > 0) return givenStackFiles(directory, named);
  throw new StackhouseError("stackfile.missing", `no Pulumi.yaml and no stack file in ${directory} or above`, {
    hint: "start a project with stackhouse init, or name a stack file with --file",
  });
}

/** Like `findProject`, for what is only about stack files: a Pulumi program is looked past. */
export async function findStackFiles(directory: string, files: readonly string[] = []): Promise<StackFiles> {
  if (files.length > 0) return givenStackFiles(directory, files);
  let program: string | undefined;
  for (const folder of upwards(directory)) {
    const found = await defaultStackFiles(folder);
    if (found.length > 0) return { kind: "stack-files", directory: folder, files: found };
    if (program === undefined && (await isFile(join(folder, "Pulumi.yaml")))) program = folder;
  }
  throw new StackhouseError("stackfile.missing", `no stack file in ${directory} or above`, {
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

async function givenStackFiles(directory: string, files: readonly string[]): Promise<StackFiles> {
  const paths = files.map((file) => resolve(directory, file));
  for (const path of paths) {
    // What is there and is no stack file is told when it is read.
    if (await isMissing(path)) {
      throw new StackhouseError("stackfile.missing", `there is no stack file ${path}`, {
        hint: "--file and COMPOSE_FILE take paths from the folder where you are",
      });
    }
  }
  return { kind: "stack-files", directory: dirname(paths[0] ?? directory), files: paths };
}

async function defaultStackFiles(folder: string): Promise<readonly string[]> {
  const main = await firstPresent(folder, stackFiles);
  if (main === undefined) return [];
  const override = await firstPresent(folder, overrides);
  return override === undefined ? [main] : [main, override];
}

async function firstPresent(folder: string, names: readonly string[]): Promise<string | undefined> {
  for (const name of names) {
    const path = join(folder, name);
    if (await isFile(path)) return path;
  }
  return undefined;
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
