import { readFile } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import { parseDotenv } from "../../stackfile/interpolate/dotenv.ts";
import type { StackFileOptions } from "../commands/options.ts";
import type { CommandContext } from "../context.ts";

type Where = Pick<CommandContext, "directory" | "io">;

/**
 * What the variables of docker compose choose, of the shell or of `.env` in the folder: `COMPOSE_FILE`, `COMPOSE_PROFILES` and
 * `COMPOSE_ENV_FILES`. An option goes before its variable. `COMPOSE_PROJECT_NAME` is the loader's.
 * Source: https://docs.docker.com/compose/how-tos/environment-variables/envvars/
 */
export async function withComposeVariables<O extends StackFileOptions>(where: Where, options: O): Promise<O> {
  const variable = await lookupIn(where);
  const profile = listIn(variable("COMPOSE_PROFILES"), ",");
  const envFile = listIn(where.io.env["COMPOSE_ENV_FILES"], ",");
  return {
    ...(profile.length === 0 ? {} : { profile }),
    ...(envFile.length === 0 ? {} : { envFile }),
    ...options,
  };
}

/** The stack files that `COMPOSE_FILE` names; none where it is not set. */
export async function composeFiles(where: Where): Promise<readonly string[]> {
  const variable = await lookupIn(where);
  const separator = variable("COMPOSE_PATH_SEPARATOR") ?? (process.platform === "win32" ? ";" : ":");
  return listIn(variable("COMPOSE_FILE"), separator);
}

/** `.env` in the folder of the user and in that of the stack file, of which the first goes before; none where that is turned off. */
export function defaultEnvFiles({ directory, io }: Where, projectDirectory: string): readonly string[] {
  if (/^(1|t|true|y|yes|on)$/i.test(io.env["COMPOSE_DISABLE_ENV_FILE"] ?? "")) return [];
  return [...new Set([directory, projectDirectory])].map((folder) => join(folder, ".env"));
}

async function lookupIn(where: Where): Promise<(name: string) => string | undefined> {
  const { env } = where.io;
  const [file] = defaultEnvFiles(where, where.directory);
  const { values } = parseDotenv(file === undefined ? "" : await textOf(file), (name) => env[name]);
  return (name) => env[name] ?? values.get(name);
}

/** What is wrong with the file is told when the stack file is loaded. */
async function textOf(path: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch {
    return "";
  }
}

function listIn(value: string | undefined, separator: string): readonly string[] {
  return value?.split(separator).filter((part) => part !== "") ?? [];
}
