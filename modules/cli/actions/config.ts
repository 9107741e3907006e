import type { ConfigOptions } from "../commands/config.ts";
import type { CommandContext } from "../context.ts";
import { exitCodes } from "../exit-codes.ts";
import { composeFiles, withComposeVariables } from "../project/compose-variables.ts";
import { findStackFiles, type StackFiles } from "../project/find.ts";
import { loadFound, loadFoundTemplate } from "../project/load.ts";
import { variablesJson, variablesTable } from "../render/variables.ts";
import type { Handler } from "../run.ts";
import { variableUses } from "../../stackfile/interpolate/uses.ts";
import type { Model } from "../../stackfile/model.ts";
import { printModel, printTemplate } from "../../stackfile/print.ts";

export const config: Handler<ConfigOptions> = async (context, given) => {
  const options = await withComposeVariables(context, given);
  const found = await findStackFiles(context.directory, options.file ?? (await composeFiles(context)));
  if (options.variables === true) printVariables(context, found, options);
  else if (options.interpolate) await printPart(context, found, options);
  else printUninterpolated(context, found, options);
  return exitCodes.ok;
};

function isJson(context: CommandContext, { format }: ConfigOptions): boolean {
  return context.json || format === "json";
}

async function printPart(context: CommandContext, found: StackFiles, options: ConfigOptions): Promise<void> {
  const { model, warnings, diagnostics } = loadFound(context, found, options);
  if (options.quiet === true) {
    if (context.json) context.printJson({ diagnostics });
    else if (warnings !== "") context.note(warnings);
    return;
  }
  if (warnings !== "") context.note(warnings);
  if (options.hash !== undefined) {
    const { hashesOf } = await import("../project/hashes.ts");
    const hashes = hashesOf(context, { model, wanted: options.hash, variables: options.set ?? {} });
    if (isJson(context, options)) context.printJson(hashes);
    else context.print(...Object.entries(hashes).map(([name, hash]) => `${name} ${hash}`));
    return;
  }
  const names = options.profiles === true ? profilesOf(context, found, options) : namesOf(model, options);
  if (names === undefined) context.io.stdout.write(printModel(model, isJson(context, options) ? "json" : "yaml"));
  else printNames(context, names, options);
}

function printNames(context: CommandContext, names: readonly string[], options: ConfigOptions): void {
  if (isJson(context, options)) context.printJson(names);
  else context.print(...names);
}

function namesOf(model: Model, options: ConfigOptions): readonly string[] | undefined {
  if (options.services === true) return Object.keys(model.services);
  if (options.volumes === true) return Object.keys(model.volumes ?? {});
  if (options.networks === true) return Object.keys(model.networks ?? {});
  if (options.images === true) {
    return Object.entries(model.services).map(([name, { image }]) => image ?? `${model.name}-${name}`);
  }
  return undefined;
}

/** Also those that are not active, which is what one asks for. */
function profilesOf(context: CommandContext, found: StackFiles, options: ConfigOptions): readonly string[] {
  const { model } = loadFound(context, found, { ...options, profile: ["*"] });
  return [...new Set(Object.values(model.services).flatMap(({ profiles = [] }) => profiles))].sort();
}

function printUninterpolated(context: CommandContext, found: StackFiles, options: ConfigOptions): void {
  const template = loadFoundTemplate(context, found, options);
  if (options.quiet === true) return;
  if (options.services === true) printNames(context, Object.keys(template["services"] ?? {}), options);
  else context.io.stdout.write(printTemplate(template, isJson(context, options) ? "json" : "yaml"));
}

function printVariables(context: CommandContext, found: StackFiles, options: ConfigOptions): void {
  const uses = variableUses(loadFoundTemplate(context, found, options));
  if (isJson(context, options)) context.printJson(variablesJson(uses));
  else context.print(...variablesTable(uses));
}
