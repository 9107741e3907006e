import { createReadStream } from "node:fs";
import { buffer } from "node:stream/consumers";
import { StackhouseError } from "../../base/errors.ts";
import type { ConfigOptions } from "../commands/config.ts";
import type { CommandContext } from "../context.ts";
import { exitCodes } from "../exit-codes.ts";
import { composeChoice } from "../project/compose-variables.ts";
import { warningsWithContents } from "../project/contents.ts";
import { findStackFiles, standardInput, type StackFiles } from "../project/find.ts";
import {
  type LoadedStackFile,
  loadFound,
  loadFoundProfiles,
  loadFoundTemplate,
  loadFoundUses,
  readFound,
} from "../project/load.ts";
import { variablesJson, variablesTable } from "../render/variables.ts";
import type { Handler } from "../run.ts";
import { variableUses } from "../../stackfile/interpolate/uses.ts";
import { activeServices } from "../../stackfile/stages/profiles.ts";
import { printModel, printTemplate } from "../../stackfile/print.ts";
import type { Specification, SpecifiedService } from "../../stackfile/types.ts";
import { textOf } from "../../system/text-file.ts";

export const config: Handler<ConfigOptions> = async (context, given) => {
  const { named, options } = composeChoice(context, given);
  const { projectDirectory, file: files } = options;
  const found = await findStackFiles({ directory: context.directory, projectDirectory, files, named }, (path) =>
    inputText(context, path),
  );
  if (options.variables === true) printVariables(context, found, options);
  else if (options.interpolate) await printPart(context, found, options);
  else printUninterpolated(context, found, options);
  return exitCodes.ok;
};

async function inputText({ io }: CommandContext, path: string): Promise<string> {
  return textOf(path, await buffer(path === standardInput ? io.stdin : createReadStream(path)));
}

function isJson(context: CommandContext, { format }: ConfigOptions): boolean {
  return context.json || format === "json";
}

async function printPart(context: CommandContext, found: StackFiles, options: ConfigOptions): Promise<void> {
  if (options.quiet === true) printFindings(context, foundFindings(context, found, options));
  else if (options.hash !== undefined)
    await printHashes(context, loadFound(context, found, options), { ...options, hash: options.hash });
  else printMeaning(context, found, options);
}

/** @throws `stackfile.invalid`, beside which what else was found is told */
function foundFindings(context: CommandContext, found: StackFiles, options: ConfigOptions): Findings {
  const read = readFound(context, found, options);
  if (read.kind === "runs") return warningsWithContents(read.loaded);
  // As JSON, the error has them all.
  if (!context.json) noteWarnings(context, read);
  throw read.error;
}

function printFindings(context: CommandContext, { warnings, diagnostics }: Findings): void {
  if (context.json) context.printJson({ diagnostics });
  else noteWarnings(context, { warnings });
}

type Findings = Pick<LoadedStackFile, "warnings" | "diagnostics">;

function noteWarnings(context: CommandContext, { warnings }: Pick<Findings, "warnings">): void {
  if (warnings !== "") context.note(warnings);
}

async function printHashes(
  context: CommandContext,
  loaded: LoadedStackFile,
  options: ConfigOptions & { readonly hash: string },
): Promise<void> {
  noteWarnings(context, loaded);
  const { hashesOf } = await import("../project/hashes.ts");
  const hashes = hashesOf(loaded, options.hash);
  if (isJson(context, options)) context.printJson(hashes);
  else context.print(...Object.entries(hashes).map(([name, hash]) => `${name} ${hash}`));
}

/**
 * Prints what the files mean to docker compose, also where Stackhouse does not run it.
 *
 * @throws `stackfile.invalid`, after what is printed where there is something
 */
function printMeaning(context: CommandContext, found: StackFiles, options: ConfigOptions): void {
  // As for docker compose, which has them in YAML only.
  const read = readFound(context, found, { ...options, keepsExtensions: !isJson(context, options) });
  if (read.kind === "refused") {
    // With --json the findings are the one document.
    if (read.specification === undefined || context.json) throw read.error;
    printSpecification(context, found, read.specification, options);
    throw withHint(read.error);
  }
  noteWarnings(context, warningsWithContents(read.loaded));
  printSpecification(context, found, read.specification, options);
}

function withHint({ code, message, details, data }: StackhouseError): StackhouseError {
  const hint = "what is printed is what docker compose makes of it; Stackhouse does not run it";
  return new StackhouseError(code, message, { details, data, hint });
}

function printSpecification(
  context: CommandContext,
  found: StackFiles,
  specification: Specification,
  options: ConfigOptions,
): void {
  const named = options.profiles === true ? loadFoundProfiles(context, found, options).specification : specification;
  const names = namesOf(named, options);
  if (names === undefined)
    context.io.stdout.write(printModel(specification, isJson(context, options) ? "json" : "yaml"));
  else printNames(context, names, options);
}

function printNames(context: CommandContext, names: readonly string[], options: ConfigOptions): void {
  if (isJson(context, options)) context.printJson(names);
  else context.print(...names);
}

function namesOf(
  { name = "", services = {}, volumes = {}, networks = {} }: Specification,
  options: ConfigOptions,
): readonly string[] | undefined {
  if (options.services === true) return Object.keys(services);
  if (options.volumes === true) return Object.keys(volumes);
  if (options.networks === true) return Object.keys(networks);
  if (options.images === true)
    return Object.entries(services).flatMap(([key, service]) => imagesOf(service, `${name}-${key}`));
  if (options.profiles === true) return profilesOf(services);
  return undefined;
}

/** Those of its hooks besides its own, which is `built` where it has none. */
function imagesOf(service: SpecifiedService, built: string): readonly string[] {
  const { image = built, pre_start: hooks = [] } = service;
  return [image, ...hooks.flatMap((hook) => (hook.image === undefined || hook.image === image ? [] : [hook.image]))];
}

function profilesOf(services: NonNullable<Specification["services"]>): readonly string[] {
  return [...new Set(Object.values(services).flatMap(({ profiles = [] }) => profiles))].sort();
}

function printUninterpolated(context: CommandContext, found: StackFiles, options: ConfigOptions): void {
  const loaded = loadFoundTemplate(context, found, options);
  if (options.quiet === true) {
    printFindings(context, loaded);
    return;
  }
  noteWarnings(context, loaded);
  const { specification: template } = loaded;
  const names = namesOf(options.images === true ? withProfiles(template, options) : template, options);
  if (names === undefined) context.io.stdout.write(printTemplate(template, isJson(context, options) ? "json" : "yaml"));
  else printNames(context, names, options);
}

/** As docker compose: of a template, images alone are those of active profiles. */
function withProfiles(template: Specification, { profile = [] }: ConfigOptions): Specification {
  const { services = {} } = template;
  return { ...template, services: activeServices(services, profile) };
}

function printVariables(context: CommandContext, found: StackFiles, options: ConfigOptions): void {
  const loaded = loadFoundUses(context, found, options);
  noteWarnings(context, loaded);
  const uses = variableUses(loaded.specification);
  if (isJson(context, options)) context.printJson(variablesJson(uses));
  else context.print(...variablesTable(uses));
}
