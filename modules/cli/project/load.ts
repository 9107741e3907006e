import { readFileSync } from "node:fs";
import { relative, resolve } from "node:path";
import { StackhouseError } from "../../base/errors.ts";
import { formatDiagnostics, type SourceTexts } from "../../stackfile/format.ts";
import { loadStackFile } from "../../stackfile/load.ts";
import type { Model } from "../../stackfile/model.ts";
import type { Diagnostic } from "../../stackfile/types.ts";
import { isErrno } from "../../system/files.ts";
import type { StackFileOptions } from "../commands/options.ts";
import type { CommandContext } from "../context.ts";
import { count } from "../render/text.ts";
import type { StackFiles } from "./find.ts";

/** A stack file that is right, and what it took from outside. */
export interface LoadedStackFile {
  readonly model: Model;
  /** Warnings, as shown; empty where there are none. */
  readonly warnings: string;
  /** The variables of the shell and of `--set` that it uses. */
  readonly variables: Readonly<Record<string, string>>;
}

/**
 * Loads stack files with the variables of the shell, over which `--set` wins.
 *
 * @throws `stackfile.invalid` with the place of everything that is wrong
 */
export function loadFound(context: CommandContext, found: StackFiles, options: StackFileOptions): LoadedStackFile {
  const texts: Record<string, string> = {};
  const { env, used } = recorded({ ...definedOf(context.io.env), ...options.set });
  const envFiles = options.envFile?.map((path) => resolve(context.directory, path));
  const { model, diagnostics } = loadStackFile(
    {
      files: found.files,
      projectDirectory: found.directory,
      ...(options.name === undefined ? {} : { name: options.name }),
      ...(envFiles === undefined ? {} : { envFiles }),
      profiles: options.profile ?? [],
    },
    {
      env,
      readFile: (path) => {
        const text = readText(path);
        if (text !== undefined) texts[path] = text;
        return text;
      },
    },
  );
  const shown = (severity: Diagnostic["severity"]): string =>
    format(
      diagnostics.filter((diagnostic) => diagnostic.severity === severity),
      { texts, from: context.directory },
    );
  if (model === undefined) {
    const errors = diagnostics.filter(({ severity }) => severity === "error").length;
    throw new StackhouseError("stackfile.invalid", `the stack file has ${count(errors, "error")}`, {
      details: shown("error").split("\n"),
    });
  }
  return { model, warnings: shown("warning"), variables: used() };
}

function format(
  diagnostics: readonly Diagnostic[],
  { texts, from }: { readonly texts: SourceTexts; readonly from: string },
): string {
  const short = (path: string): string => {
    const near = relative(from, path);
    return near === "" || near.startsWith("..") ? path : near;
  };
  return formatDiagnostics(
    diagnostics.map((diagnostic) => ({ ...diagnostic, file: short(diagnostic.file) })),
    Object.fromEntries(Object.entries(texts).map(([path, text]) => [short(path), text])),
  );
}

/** Variables that remember which of them were looked up. */
function recorded(env: Readonly<Record<string, string>>): {
  readonly env: Readonly<Record<string, string>>;
  readonly used: () => Readonly<Record<string, string>>;
} {
  const names = new Set<string>();
  const note = (name: string | symbol): void => {
    if (typeof name === "string" && Object.hasOwn(env, name)) names.add(name);
  };
  return {
    env: new Proxy(env, {
      get(target, name) {
        note(name);
        return Reflect.get(target, name) as unknown;
      },
      getOwnPropertyDescriptor(target, name) {
        note(name);
        return Reflect.getOwnPropertyDescriptor(target, name);
      },
    }),
    used: () => Object.fromEntries([...names].sort().map((name) => [name, env[name] ?? ""])),
  };
}

function definedOf(env: CommandContext["io"]["env"]): Record<string, string> {
  return Object.fromEntries(Object.entries(env).filter((pair): pair is [string, string] => pair[1] !== undefined));
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if (isErrno(error, "ENOENT") || isErrno(error, "ENOTDIR")) return undefined;
    if (isErrno(error, "EISDIR") || isErrno(error, "EACCES")) {
      throw new StackhouseError("input.invalid", `${path} cannot be read`, { cause: error });
    }
    throw error;
  }
}
