import { basename, relative, resolve } from "node:path";
import { StackhouseError } from "../../base/errors.ts";
import { Diagnostics } from "../../stackfile/tree/diagnostics.ts";
import { formatDiagnostics, printable, type SourceTexts } from "../../stackfile/format.ts";
import type { Content } from "../../stackfile/contents.ts";
import { variablesOf } from "../../stackfile/interpolate/variables.ts";
import { loadStackFile, loadTemplates, loadUnchecked, loadUses } from "../../stackfile/load.ts";
import { own } from "../../stackfile/own.ts";
import { appNameRule, isAppName } from "../../stackfile/stages/app-name.ts";
import type { Model } from "../../stackfile/model.ts";
import type { Diagnostic, LoadInput, LoadPorts, Specification, SpecificationResult } from "../../stackfile/types.ts";
import { isFolder, readTextFile } from "../../system/text-file.ts";
import type { StackFileOptions } from "../commands/options.ts";
import type { CommandContext } from "../context.ts";
import { count } from "../render/text.ts";
import { defaultEnvFiles } from "./compose-variables.ts";
import { type StackFiles, type UnreadFile } from "./find.ts";

/** A stack file that is right, and what it took from outside. */
export interface LoadedStackFile {
  readonly model: Model;
  readonly contents: readonly Content[];
  /** The error for findings that come later, with their places. */
  readonly refuse: (findings: readonly Diagnostic[]) => StackhouseError;
  /** Its warnings, with such findings as further ones. */
  readonly warn: (findings: readonly Diagnostic[]) => Pick<LoadedStackFile, "warnings" | "diagnostics">;
  /** Warnings, as shown; empty where there are none. */
  readonly warnings: string;
  /** The same as data. */
  readonly diagnostics: readonly Diagnostic[];
  /** The variables of the shell and of `--set` that it uses. */
  readonly variables: Readonly<Record<string, string>>;
}

/** What stack files come to. */
export type FoundStackFile =
  { readonly kind: "runs"; readonly loaded: LoadedStackFile; readonly specification: Specification } | RefusedStackFile;

interface RefusedStackFile {
  readonly kind: "refused";
  readonly error: StackhouseError;
  /** What is not in the error, as shown; empty where there is nothing. */
  readonly warnings: string;
  /** Undefined where docker compose refuses them, too. */
  readonly specification: Specification | undefined;
}

/**
 * Loads stack files with the variables of the shell, over which `--set` wins.
 *
 * @throws `stackfile.invalid` with the place of everything that is wrong; `input.invalid` for a name that no app can have
 */
export function loadFound(context: CommandContext, found: StackFiles, options: StackFileOptions): LoadedStackFile {
  const read = readFound(context, found, options);
  if (read.kind === "refused") throw read.error;
  return read.loaded;
}

/**
 * As `loadFound`, with what they mean to docker compose, also where Stackhouse does not run it.
 *
 * @throws `input.invalid` for a name that no app can have
 */
export function readFound(
  context: CommandContext,
  found: StackFiles,
  options: StackFileOptions & Pick<LoadInput, "keepsExtensions">,
): FoundStackFile {
  const { input, ports, files } = readingOf(context, found, options);
  const { env, used } = recorded(ports.env);
  const keepsExtensions = options.keepsExtensions === true;
  const loaded = loadStackFile({ ...input, keepsExtensions }, { ...ports, env });
  const { model, specification, contents, diagnostics } = loaded;
  if (lacksName(diagnostics)) refuseNameOfVariable(input, ports);
  const shown = files.shown(diagnostics, context.directory);
  if (model === undefined || specification === undefined)
    return { kind: "refused", error: shown.error(), warnings: shown.besideErrors(), specification };
  return {
    kind: "runs",
    specification,
    loaded: {
      model,
      contents,
      refuse: (findings) => files.shown(findings, context.directory).error(),
      warn: (findings) => {
        const further = findings.map((finding) => ({ ...finding, severity: "warning" as const }));
        const all = files.shown([...diagnostics, ...further], context.directory);
        return { warnings: warningsOf(found, all), diagnostics: all.diagnostics };
      },
      warnings: warningsOf(found, shown),
      diagnostics: shown.diagnostics,
      variables: used(),
    },
  };
}

/** Stack files with variables as they are written, or with services that may be wrong. */
export type LoadedSpecification = Pick<LoadedStackFile, "warnings" | "diagnostics"> & {
  readonly specification: Specification;
};

/**
 * As `loadFound`, with the variables left in place.
 *
 * @throws `stackfile.invalid` with the place of everything that is wrong
 */
export function loadFoundTemplate(
  context: CommandContext,
  found: StackFiles,
  options: StackFileOptions,
): LoadedSpecification {
  const reading = readingOf(context, found, options);
  return specified(loadTemplates(reading.input, reading.ports), reading, { context, found });
}

/**
 * For the variables in it: keys that are wrong have some, too.
 *
 * @throws `stackfile.invalid` with the place of what cannot be read
 */
export function loadFoundUses(
  context: CommandContext,
  found: StackFiles,
  options: StackFileOptions,
): LoadedSpecification {
  const reading = readingOf(context, found, options);
  return specified(loadUses(reading.input, reading.ports), reading, { context, found });
}

/**
 * With the services of every profile: one that is not active may name what is not there.
 *
 * @throws `stackfile.invalid` with the place of everything that is wrong
 */
export function loadFoundProfiles(
  context: CommandContext,
  found: StackFiles,
  options: StackFileOptions,
): LoadedSpecification {
  const reading = readingOf(context, found, { ...options, profile: ["*"] });
  return specified(loadUnchecked(reading.input, reading.ports), reading, { context, found });
}

function specified(
  { model: specification, diagnostics }: SpecificationResult,
  { input, ports, files }: Reading,
  { context, found }: { readonly context: CommandContext; readonly found: StackFiles },
): LoadedSpecification {
  if (lacksName(diagnostics)) refuseNameOfVariable(input, ports);
  const shown = files.shown(diagnostics, context.directory);
  if (specification === undefined) throw shown.error();
  return { specification, warnings: warningsOf(found, shown), diagnostics: shown.diagnostics };
}

function warningsOf(found: StackFiles, shown: ShownDiagnostics): string {
  return [...found.unread.map(noteOfUnread), shown.text("warning")].filter((text) => text !== "").join("\n");
}

interface Reading {
  readonly input: LoadInput;
  readonly ports: LoadPorts;
  readonly files: ReadFiles;
}

function readingOf(context: CommandContext, found: StackFiles, options: StackFileOptions): Reading {
  const files = new ReadFiles(found);
  const input = inputOf(context, found, options);
  const ports = { env: { ...definedOf(context.io.env), ...options.set }, readFile: files.read, isFolder };
  return { input, ports, files };
}

function inputOf(context: CommandContext, found: StackFiles, options: StackFileOptions): LoadInput {
  refuseName("the option --name", options.name);
  const envFiles = options.envFile?.map((path) => resolve(context.directory, path));
  return {
    files: found.files,
    projectDirectory: found.directory,
    ...(options.name === undefined ? {} : { name: options.name }),
    ...(envFiles === undefined
      ? { defaultEnvFiles: defaultEnvFiles(context, found.directory, options) }
      : { envFiles }),
    profiles: options.profile ?? [],
  };
}

function refuseName(where: string, name = ""): void {
  if (name === "" || isAppName(name)) return;
  throw new StackhouseError("input.invalid", `${where}: "${printable(name)}" cannot be an app's name`, {
    hint: `a name has ${appNameRule}`,
  });
}

function lacksName(diagnostics: readonly Diagnostic[]): boolean {
  return diagnostics.some(({ code }) => code === "app-name");
}

/** One that no app can have is the mistake of whoever set the variable, not of the stack file. */
function refuseNameOfVariable(input: LoadInput, ports: LoadPorts): void {
  if (input.name !== undefined) return;
  // What is wrong with env files is told by the load.
  const { lookup } = variablesOf(input, input.projectDirectory ?? "", { ports, diagnostics: new Diagnostics() });
  refuseName("the variable COMPOSE_PROJECT_NAME", lookup("COMPOSE_PROJECT_NAME"));
}

function noteOfUnread({ path, read }: UnreadFile): string {
  return `${basename(path)} is not read: ${basename(read)} beside it goes before it; --file chooses another one`;
}

/** Reads files and keeps their texts, so that findings can show the lines that they are about. */
class ReadFiles {
  readonly #texts: Record<string, string> = {};
  readonly #inputs: Readonly<Record<string, string>>;

  constructor({ inputs = {} }: StackFiles) {
    this.#inputs = inputs;
  }

  readonly read = (path: string): string | undefined => {
    const text = own(this.#inputs, path) ?? readTextFile(path);
    if (text !== undefined) this.#texts[path] = text;
    return text;
  };

  /** Findings as a user reads them: their files named from the folder where the user is. */
  shown(diagnostics: readonly Diagnostic[], from: string): ShownDiagnostics {
    const short = (path: string): string => {
      const near = relative(from, path);
      return near === "" || near.startsWith("..") ? path : near;
    };
    const texts = Object.fromEntries(Object.entries(this.#texts).map(([path, text]) => [short(path), text]));
    return new ShownDiagnostics(
      diagnostics.map((diagnostic) => ({ ...diagnostic, file: short(diagnostic.file) })),
      texts,
    );
  }
}

class ShownDiagnostics {
  readonly diagnostics: readonly Diagnostic[];
  readonly #texts: SourceTexts;

  constructor(diagnostics: readonly Diagnostic[], texts: SourceTexts) {
    this.diagnostics = diagnostics;
    this.#texts = texts;
  }

  /** Empty where there are none of this severity. */
  text(severity: Diagnostic["severity"]): string {
    return formatDiagnostics(this.#of(severity), this.#texts);
  }

  error(): StackhouseError {
    const errors = this.#of("error");
    const details = formatDiagnostics([...errors, ...this.#of("warning").filter(explains(errors))], this.#texts);
    const told = errors.filter(({ code }) => code !== "too-many").length;
    const number = `${told < errors.length ? "more than " : ""}${count(told, "error")}`;
    return new StackhouseError("stackfile.invalid", `the stack file has ${number}`, {
      details: details.split("\n"),
      data: { diagnostics: this.diagnostics },
    });
  }

  /** Warnings that the error does not have; empty where there are none. */
  besideErrors(): string {
    const explained = explains(this.#of("error"));
    return formatDiagnostics(
      this.#of("warning").filter((warning) => !explained(warning)),
      this.#texts,
    );
  }

  #of(severity: Diagnostic["severity"]): readonly Diagnostic[] {
    return this.diagnostics.filter((diagnostic) => diagnostic.severity === severity);
  }
}

/** A variable that is not set is often why its line is wrong, or why a key is missing in the map that has it. */
function explains(errors: readonly Diagnostic[]): (diagnostic: Diagnostic) => boolean {
  const lines = new Set(errors.map(({ file, line }) => `${file}:${line}`));
  const lacking = new Set(errors.filter(({ code }) => code === "missing-key").map(({ path }) => JSON.stringify(path)));
  return ({ code, file, line, path }) =>
    code === "unset-variable" && (lines.has(`${file}:${line}`) || lacking.has(JSON.stringify(path.slice(0, -1))));
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
