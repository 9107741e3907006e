import { existsSync } from "node:fs";
import { stat } from "node:fs/promises";
import { resolve } from "node:path";
import { StackhouseError } from "../../base/errors.ts";
import type { BuiltinSettings, RunInput } from "../../builtin-program/settings.ts";
import { isFolder } from "../../system/text-file.ts";
import type { RunOptions, StackFileOptions } from "../commands/options.ts";
import type { CommandContext } from "../context.ts";
import { defaultEnvFiles } from "./compose-variables.ts";
import { readLoadedContents } from "./contents.ts";
import type { StackFiles } from "./find.ts";
import { mergeSettings, rememberedOptions } from "./host-settings.ts";
import { loadFound, type LoadedStackFile } from "./load.ts";
import { loginSecrets } from "./login-secrets.ts";
import { appsOf, builtinFolder, readSettings, type BuiltinId, type RememberedApp } from "./remembered.ts";
import type { Target } from "./target.ts";

/** An app that the built-in program is to deploy, with what it is told. */
export interface WantedApp {
  readonly target: Target;
  readonly id: BuiltinId;
  readonly settings: BuiltinSettings;
  /** Warnings of the stack file, and of what else the user should know; one entry a line. */
  readonly warnings: readonly string[];
  /** Options that are not given now and hold all the same, since an earlier `up`. */
  readonly remembered: readonly string[];
}

/**
 * Puts together what the built-in program is to do with stack files.
 *
 * @throws `stackfile.invalid`; `input.invalid` for options that do not fit, and for a name that belongs to another folder
 */
export async function wantedApp(context: CommandContext, found: StackFiles, options: RunOptions): Promise<WantedApp> {
  const known = await appsOf(context.home, found.files, options.stack);
  const name = options.name ?? givenBefore(known);
  const named = { ...options, ...(name === undefined ? {} : { name }) };
  const loaded = loadFound(context, found, named);
  readLoadedContents(loaded);
  const id: BuiltinId = { app: loaded.model.name, stack: options.stack };
  const last = await readSettings(context.home, id);
  if (last !== undefined) await refuseForeign(id, last.files, found.files);
  const settings = mergeSettings(found.files, { options: named, directory: context.directory }, last);
  const input = { ...runInput(context, { found, loaded }, options), login: await loginSecrets(settings.host) };
  const others = known.filter(({ app }) => app !== id.app);
  const { builtinProgram } = await import("../../builtin-program/program.ts");
  return {
    id,
    settings,
    remembered: last === undefined ? [] : rememberedOptions(settings, named),
    target: {
      stackName: options.stack,
      project: {
        kind: "inline",
        name: id.app,
        workDir: builtinFolder(context.home, id.app),
        program: builtinProgram({ settings, input }),
      },
    },
    warnings: [
      ...loaded.warnings.split("\n").filter((line) => line !== ""),
      ...others.map(
        ({ app }) => `this stack file also runs as ${app}; stackhouse destroy --name ${app} takes that away`,
      ),
    ],
  };
}

/** The name that an earlier `up` was given, so that the next one without it means the same app. */
function givenBefore(known: readonly RememberedApp[]): string | undefined {
  const names = known.flatMap(({ settings }) => settings.givenName ?? []);
  if (names.length === known.length && names.length > 1) {
    throw new StackhouseError("input.invalid", `several apps were made of this stack file: ${names.join(", ")}`, {
      hint: "say which one is meant: --name NAME",
    });
  }
  return known.length === 1 ? names[0] : undefined;
}

function runInput(
  context: CommandContext,
  stackFile: { readonly found: StackFiles; readonly loaded: LoadedStackFile },
  options: StackFileOptions,
): RunInput {
  const { model, variables } = stackFile.loaded;
  // Of several files, the last one counts here.
  const envFiles =
    options.envFile?.map((path) => resolve(context.directory, path)) ??
    defaultEnvFiles(context, stackFile.found.directory, options)
      .filter((path) => existsSync(path) && !isFolder(path))
      .toReversed();
  return {
    name: model.name,
    projectDirectory: stackFile.found.directory,
    envFiles,
    profiles: options.profile ?? [],
    variables,
  };
}

/** Two folders of the same name are two apps, and one of them would take the other's place. */
async function refuseForeign(id: BuiltinId, before: readonly string[], now: readonly string[]): Promise<void> {
  const owner = before[0];
  if (owner === undefined || before.some((file) => now.includes(file)) || !(await isThere(owner))) return;
  throw new StackhouseError("input.invalid", `the name ${id.app} belongs to the app of ${owner}`, {
    hint: "give this one another name: stackhouse up --name NAME, or name: in the stack file",
  });
}

async function isThere(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch {
    return false;
  }
}
