import { buffer } from "node:stream/consumers";
import type { ConfigOptions } from "../commands/config.ts";
import type { CommandContext } from "../context.ts";
import { exitCodes } from "../exit-codes.ts";
import { composeChoice } from "../project/compose-variables.ts";
import { findStackFiles, standardInput, type StackFiles } from "../project/find.ts";
import { loadFound, loadFoundTemplate } from "../project/load.ts";
import { variablesJson, variablesTable } from "../render/variables.ts";
import type { Handler } from "../run.ts";
import { variableUses } from "../../stackfile/interpolate/uses.ts";
import type { Model } from "../../stackfile/model.ts";
import { activeServices } from "../../stackfile/stages/profiles.ts";
import { printModel, printTemplate } from "../../stackfile/print.ts";
import { textOf } from "../../system/text-file.ts";

export const config: Handler<ConfigOptions> = async (context, given) => {
  const { named, options } = composeChoice(context, given);
  const { projectDirectory, file: files } = options;
  const found = await findStackFiles({ directory: context.directory, projectDirectory, files, named }, () =>
    inputText(context),
  );
  if (options.variables === true) printVariables(context, found, options);
  else if (options.interpolate) await printPart(context, found, options);
  else printUninterpolated(context, found, options);
  return exitCodes.ok;
};

async function inputText({ io }: CommandContext): Promise<string> {
  return textOf(standardInput, await buffer(io.stdin));
}

function isJson(context: CommandContext, { format }: ConfigOptions): boolean {
  return context.json || format === "json";
}

async function printPart(context: CommandContext, found: StackFiles, options: ConfigOptions): Promise<void> {
  // As for docker compose, which has them in YAML only.
  const loaded = loadFound(context, found, { ...options, keepsExtensions: !isJson(context, options) });
  const { model, warnings, diagnostics } = loaded;
  if (options.quiet === true) {
    if (context.json) context.printJson({ diagnostics });
    else if (warnings !== "") context.note(warnings);
    return;
  }
  if (warnings !== "") context.note(warnings);
  if (options.hash !== undefined) {
    const { hashesOf } = await import("../project/hashes.ts");
    const hashes = hashesOf(loaded, options.hash);
    if (isJson(context, options)) context.printJson(hashes);
    else context.print(...Object.entries(hashes).map(([name, hash]) => `${name} ${hash}`));
    return;
  }
  const names = namesOf(options.profiles === true ? everyProfile(context, found, options) : model, options);
  if (names === undefined) context.io.stdout.write(printModel(model, isJson(context, options) ? "json" : "yaml"));
  else printNames(context, names, options);
}

function printNames(context: CommandContext, names: readonly string[], options: ConfigOptions): void {
  if (isJson(context, options)) context.printJson(names);
  else context.print(...names);
}

/** Profiles that are not active are asked for, too. */
function everyProfile(context: CommandContext, found: StackFiles, options: ConfigOptions): Model {
  return loadFound(context, found, { ...options, profile: ["*"] }).model;
}

/** What a model and a template have in common. */
interface Named {
  readonly name?: string;
  readonly services?: Readonly<
    Record<string, { readonly image?: string | undefined; readonly profiles?: readonly string[] | undefined }>
  >;
  readonly volumes?: object | undefined;
  readonly networks?: object | undefined;
}

function namesOf({ name = "", services = {}, volumes = {}, networks = {} }: Named, options: ConfigOptions) {
  if (options.services === true) return Object.keys(services);
  if (options.volumes === true) return Object.keys(volumes);
  if (options.networks === true) return Object.keys(networks);
  if (options.images === true) return Object.entries(services).map(([key, { image }]) => image ?? `${name}-${key}`);
  if (options.profiles === true) return profilesOf(services);
  return undefined;
}

function profilesOf(services: NonNullable<Named["services"]>): readonly string[] {
  return [...new Set(Object.values(services).flatMap(({ profiles = [] }) => profiles))].sort();
}

function printUninterpolated(context: CommandContext, found: StackFiles, options: ConfigOptions): void {
  const template = loadFoundTemplate(context, found, options);
  if (options.quiet === true) return;
  const names = namesOf(options.images === true ? withProfiles(template, options) : template, options);
  if (names === undefined) context.io.stdout.write(printTemplate(template, isJson(context, options) ? "json" : "yaml"));
  else printNames(context, names, options);
}

/** As docker compose: of a template, images alone are those of active profiles. */
function withProfiles(template: Named, { profile = [] }: ConfigOptions): Named {
  const { services = {} } = template;
  return { ...template, services: activeServices(services, profile) };
}

function printVariables(context: CommandContext, found: StackFiles, options: ConfigOptions): void {
  const uses = variableUses(loadFoundTemplate(context, found, options));
  if (isJson(context, options)) context.printJson(variablesJson(uses));
  else context.print(...variablesTable(uses));
}
