import { join, resolve } from "node:path";
import process from "node:process";
import { StackhouseError } from "../../base/errors.ts";
import { parseDotenv } from "../../stackfile/interpolate/dotenv.ts";
import { own } from "../../stackfile/own.ts";
import { readTextFile } from "../../system/text-file.ts";
import type { StackFileOptions } from "../commands/options.ts";
import type { CommandContext } from "../context.ts";
import { projectFolder } from "./find.ts";

type Where = Pick<CommandContext, "directory" | "io">;

/** What decides where variables come from. */
type Given = Pick<StackFileOptions, "file" | "envFile" | "projectDirectory">;

/** What the variables of docker compose choose beside options. */
export interface ComposeChoice<O> {
  /** The stack files that `COMPOSE_FILE` names; none where it is not set. */
  readonly named: readonly string[];
  /** The options, with what `COMPOSE_PROFILES` and `COMPOSE_ENV_FILES` say where no option does. */
  readonly options: O;
}

/**
 * What `COMPOSE_FILE`, `COMPOSE_PROFILES` and `COMPOSE_ENV_FILES` choose, of the shell or, but for the last, of the env files in
 * force, which are read once for all. An option goes before its variable. `COMPOSE_PROJECT_NAME` is the loader's.
 * Source: https://docs.docker.com/compose/how-tos/environment-variables/envvars/
 */
export function composeChoice<O extends Given & Pick<StackFileOptions, "profile">>(
  where: Where,
  given: O,
): ComposeChoice<O> {
  const envFile = envFilesOf(where, given);
  const variable = lookupIn(where, given);
  const profile = listIn(variable("COMPOSE_PROFILES"), ",").map((name) => name.trim());
  const separator = variable("COMPOSE_PATH_SEPARATOR") ?? "";
  return {
    named: listIn(variable("COMPOSE_FILE"), separator === "" ? (process.platform === "win32" ? ";" : ":") : separator),
    options: {
      ...(profile.length === 0 ? {} : { profile }),
      ...(envFile === undefined ? {} : { envFile }),
      ...given,
    },
  };
}

/**
 * `.env` in the folder of the user, unless an option names the stack files or their folder, and in that of the stack file, of which
 * the first goes before; none where that is turned off.
 *
 * @throws `input.invalid` for a `COMPOSE_DISABLE_ENV_FILE` that is neither true nor false
 */
export function defaultEnvFiles(
  { directory, io }: Where,
  projectDirectory: string,
  { file, projectDirectory: named }: Given,
): readonly string[] {
  if (isTurnedOff(io)) return [];
  const folders = file === undefined && named === undefined ? [directory, projectDirectory] : [projectDirectory];
  return [...new Set(folders)].map((folder) => join(folder, ".env"));
}

/** The words of Go's strconv.ParseBool, which is what docker compose reads it with. */
const trueWords = ["1", "t", "T", "true", "True", "TRUE"];
const falseWords = ["0", "f", "F", "false", "False", "FALSE"];

function isTurnedOff({ env }: Where["io"]): boolean {
  const word = env["COMPOSE_DISABLE_ENV_FILE"];
  if (word === undefined || falseWords.includes(word)) return false;
  if (trueWords.includes(word)) return true;
  throw new StackhouseError("input.invalid", `COMPOSE_DISABLE_ENV_FILE is neither true nor false: "${word}"`, {
    hint: "set it to 1 to read no .env, or unset it",
  });
}

/** The env files that are named, by options or by the shell. */
function envFilesOf({ io }: Where, { envFile }: Given): readonly string[] | undefined {
  const named = envFile ?? listIn(io.env["COMPOSE_ENV_FILES"], ",");
  return named.length === 0 ? undefined : named;
}

/** Variables of the shell, and of the env files that are in force before a stack file is found. */
function lookupIn(where: Where, options: Given): (name: string) => string | undefined {
  const { io, directory } = where;
  const folder = projectFolder({ ...options, directory }, options.file ?? []);
  const defaults = defaultEnvFiles(where, folder, options).slice(0, 1);
  const named = envFilesOf(where, options)?.map((path) => resolve(directory, path));
  const shell = (name: string): string | undefined => own(io.env, name);
  const values = new Map<string, string>();
  for (const file of named ?? defaults) {
    const read = parseDotenv(textOf(file), { lookup: shell, earlier: (name) => values.get(name) });
    for (const [name, value] of read.values) values.set(name, value);
  }
  return (name) => shell(name) ?? values.get(name);
}

/** What is wrong with the file is told when the stack file is loaded. */
function textOf(path: string): string {
  try {
    return readTextFile(path) ?? "";
  } catch {
    return "";
  }
}

function listIn(value: string | undefined, separator: string): readonly string[] {
  return value?.split(separator).filter((part) => part !== "") ?? [];
}
