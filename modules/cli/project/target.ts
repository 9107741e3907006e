import type { Project, PulumiStack } from "../../engine/index.ts";
import type { DeployedOptions } from "../commands/options.ts";
import type { CommandContext } from "../context.ts";
import { StackhouseError } from "../../base/errors.ts";
import { composeChoice } from "./compose-variables.ts";
import { findProject, type Program } from "./find.ts";
import { appsOf, builtinFolder, type BuiltinId } from "./remembered.ts";

/** The Pulumi stack that a command is about. */
export interface Target {
  readonly project: Project;
  readonly stackName: string;
  /** Where the built-in program is run, what it is known by. */
  readonly builtin?: BuiltinId;
}

/**
 * What is deployed from here already, for commands that do not change what is wanted. For stack files undefined where no
 * `up` was run.
 *
 * @throws `stackfile.missing`; `input.invalid` when several apps were made of the same stack files
 */
export async function deployedTarget(context: CommandContext, options: DeployedOptions): Promise<Target | undefined> {
  const found = await findProject({
    directory: context.directory,
    files: options.file,
    named: composeChoice(context, options).named,
  });
  if (found.kind === "program") return programTarget(found, options.stack);
  const apps = (await appsOf(context.home, found.files, options.stack)).map(({ app }) => app);
  const app = options.name ?? apps[0];
  if (app === undefined || !apps.includes(app)) return undefined;
  if (options.name === undefined && apps.length > 1) {
    throw new StackhouseError("input.invalid", `several apps were made of this stack file: ${apps.join(", ")}`, {
      hint: "choose one with --name",
    });
  }
  return {
    builtin: { app, stack: options.stack },
    stackName: options.stack,
    project: {
      kind: "inline",
      name: app,
      workDir: builtinFolder(context.home, app),
      program: () => Promise.resolve(),
    },
  };
}

export function programTarget(found: Program, stackName: string): Target {
  return {
    stackName,
    project: { kind: "directory", path: found.directory },
  };
}

/** A Pulumi stack as shown: `shop/dev`. */
export function titleOf({ project, name }: PulumiStack): string {
  return `${project}/${name}`;
}
