import type { RunOptions } from "../commands/options.ts";
import type { CommandContext } from "../context.ts";
import { isStackhouseError, StackhouseError } from "../../base/errors.ts";
import { localOnly, sshOnly } from "./host-settings.ts";
import { composeChoice } from "./compose-variables.ts";
import { findProject } from "./find.ts";
import { writeSettings } from "./remembered.ts";
import { programTarget, type Target } from "./target.ts";

/** What `up` and `preview` run. */
export interface Wanted {
  readonly target: Target;
  readonly warnings: readonly string[];
  /** Writes down what later commands need to find it again. */
  readonly remember: () => Promise<void>;
  /** Does what runs the program; where that fails, names what an earlier `up` was told and this command line does not say. */
  readonly run: <T>(work: () => Promise<T>) => Promise<T>;
}

/** The user's program, or the built-in one with what the options say. */
export async function wantedProject(context: CommandContext, given: RunOptions): Promise<Wanted> {
  const { named, options } = composeChoice(context, given);
  const found = await findProject({
    directory: context.directory,
    projectDirectory: given.projectDirectory,
    files: given.file,
    named,
  });
  if (found.kind === "program") {
    refuseBuiltinOptions(given, found.directory);
    return {
      target: programTarget(found, given.stack),
      warnings: [],
      remember: () => Promise.resolve(),
      run: (work) => work(),
    };
  }
  const { wantedApp } = await import("./builtin.ts");
  const { target, id, settings, warnings, remembered } = await wantedApp(context, found, options);
  return {
    target,
    warnings,
    remember: () => writeSettings(context.home, id, settings),
    run: (work) => naming(remembered, work),
  };
}

async function naming<T>(remembered: readonly string[], work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!isStackhouseError(error, "engine.failed") || remembered.length === 0) throw error;
    const { message, details, cause } = error;
    throw new StackhouseError(error.code, message, {
      details,
      cause,
      hint: `an earlier up was told ${remembered.join(", ")}, and that still holds: say it anew to change it`,
    });
  }
}

/** Options that say something to the built-in program alone. */
const builtinOnly: Readonly<Record<string, string | undefined>> = {
  projectDirectory: "--project-directory",
  name: "--name",
  envFile: "--env-file",
  profile: "--profile",
  set: "--set",
  host: "--host",
  imageArchive: "--image-archive",
  ...sshOnly,
  ...localOnly,
} satisfies Record<Exclude<keyof RunOptions, "file" | "stack">, string>;

/** A program says these things itself; an option that does nothing would mislead. */
function refuseBuiltinOptions(options: RunOptions, directory: string): void {
  const wrong = Object.keys(options).flatMap((key) => builtinOnly[key] ?? []);
  if (wrong.length === 0) return;
  throw new StackhouseError("input.invalid", `${wrong.join(", ")} says nothing to the program in ${directory}`, {
    hint: "say it in the program, or in its configuration (pulumi config set); or name a stack file with --file",
  });
}
