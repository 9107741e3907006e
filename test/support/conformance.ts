import { existsSync, readFileSync, statSync } from "node:fs";
import { basename, dirname, resolve } from "node:path";
import { canonicalJson } from "../../modules/stackfile/canonical-json.ts";
import { parse } from "yaml";
import { parseDotenv } from "../../modules/stackfile/interpolate/dotenv.ts";
import { substitute, TemplateError } from "../../modules/stackfile/interpolate/template.ts";
import { loadSpecification, loadTemplates, loadUnchecked } from "../../modules/stackfile/load.ts";
import { printTemplate } from "../../modules/stackfile/print.ts";
import type { Diagnostic } from "../../modules/stackfile/types.ts";
import type { OracleCase, OracleOutcome } from "./oracle.ts";
import { isFound } from "./conformance-errors.ts";
import { standsAt } from "./conformance-places.ts";
import { findingOf, type OraclePlace } from "./oracle-errors.ts";
import { asYaml, normaliseOracle, normaliseOurs, normaliseTemplates } from "./oracle-model.ts";

/** What both loaders are given. */
export interface ConformanceCase {
  readonly title: string;
  /** Absolute; the stack files are in it. */
  readonly folder: string;
  /** Files by their path below the folder; none: those that are on the disk. */
  readonly files: Readonly<Record<string, string>>;
  /** Stack files in merge order, below the folder. */
  readonly stackFiles: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly profiles?: readonly string[];
  readonly envFiles?: readonly string[];
  /** The app's name. Default: `p`; null: found as for a user who gives none. */
  readonly name?: string | null;
  /** Services may name what is not there, and their env files are not read. */
  readonly unchecked?: true;
  /** Variables are not put in. */
  readonly templates?: true;
}

export type Verdict =
  | { readonly kind: "loaded" }
  /** Both refuse it. `place`: how precisely docker compose says where. */
  | { readonly kind: "refused"; readonly place: Exclude<OraclePlace["kind"], "ring"> }
  | Difference;

/** `parts`: each difference of two models; whatever else is different is one. */
export interface Difference {
  readonly kind: "different";
  readonly what: string;
  readonly parts: readonly string[];
}

function difference(what: string): Difference {
  return { kind: "different", what, parts: [what] };
}

const home = "/root";

export function oracleCase(one: ConformanceCase): OracleCase {
  return {
    folder: one.folder,
    files: one.files,
    env: environmentOf(one),
    args: [
      ...globalOptions(one),
      "config",
      "--format",
      "json",
      ...(one.templates === true ? ["--no-interpolate"] : []),
      ...(one.unchecked === true ? ["--no-consistency", "--no-env-resolution"] : []),
    ],
  };
}

/** The options that both tools have for what a case loads. */
export function globalOptions({ stackFiles, envFiles = [], profiles = [], name = "p" }: ConformanceCase): string[] {
  return [
    ...stackFiles.flatMap((file) => ["-f", file]),
    ...envFiles.flatMap((file) => ["--env-file", file]),
    ...profiles.flatMap((profile) => ["--profile", profile]),
    ...(name === null ? [] : ["-p", name]),
  ];
}

export function environmentOf({ env, folder }: ConformanceCase): Record<string, string> {
  return { HOME: home, PATH: "/usr/bin:/bin", PWD: folder, ...env };
}

/** What our own loader makes of a case. */
export function loadCase(one: ConformanceCase): ReturnType<typeof loadSpecification> {
  const { folder, files, stackFiles, profiles = [], envFiles, name = "p" } = one;
  const onDisk = Object.keys(files).length === 0;
  const texts = new Map(Object.entries(files).map(([path, text]) => [resolve(folder, path), text]));
  const paths = stackFiles.map((file) => resolve(folder, file));
  const loader = one.templates === true ? loadTemplates : one.unchecked === true ? loadUnchecked : loadSpecification;
  return loader(
    {
      files: paths,
      projectDirectory: dirname(paths[0] ?? folder),
      profiles,
      ...(name === null ? {} : { name }),
      ...(envFiles === undefined ? {} : { envFiles: envFiles.map((file) => resolve(folder, file)) }),
    },
    onDisk
      ? { readFile, isFolder, env: environmentOf(one) }
      : { readFile: (path) => texts.get(path), isFolder: isFolderOf(folder, texts), env: environmentOf(one) },
  );
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}

function isFolderOf(root: string, texts: ReadonlyMap<string, string>): (path: string) => boolean {
  return (folder) => folder === root || [...texts.keys()].some((path) => path.startsWith(`${folder}/`));
}

export function readFile(path: string): string | undefined {
  return existsSync(path) ? readFileSync(path, "utf8") : undefined;
}

/** Whether both loaders say the same: accept or reject, then the model, or the class and the place of the error. */
export function compare(one: ConformanceCase, theirs: OracleOutcome): Verdict {
  const { model, diagnostics } = loadCase(one);
  const errors = diagnostics.filter(({ severity }) => severity === "error");
  const verdictOf = (ours: unknown, theirModel: Ours["theirModel"]): Verdict =>
    judge(theirs, {
      model: ours,
      theirModel,
      shown: shown(errors),
      onRefusal: (message) => compareErrors(one, message, errors),
    });
  // As they are printed: some of their values are none of JavaScript.
  const printed: unknown = model && JSON.parse(printTemplate(model, "json"));
  if (one.templates !== true) return verdictOf(printed && normaliseOurs(printed), normaliseOracle);
  if (model === undefined) return verdictOf(undefined, normaliseTemplates);
  const verdict = verdictOf(printed, normaliseTemplates);
  if (verdict.kind !== "loaded") return verdict;
  return verdictOf(parse(printTemplate(model, "yaml")), (value) => asYaml(normaliseTemplates(value)));
}

/** What ours makes of a case. */
export interface Ours {
  /** Normalised; undefined where it refuses the case. */
  readonly model: unknown;
  /** Docker compose's, normalised. */
  readonly theirModel: (value: unknown) => unknown;
  /** Its errors, for people. */
  readonly shown: string;
  /** The verdict where both refuse it. */
  readonly onRefusal: (message: string) => Verdict;
}

export function judge(theirs: OracleOutcome, { model, theirModel, shown, onRefusal }: Ours): Verdict {
  const message = theirs.error ?? "";
  if (theirs.hung === true)
    return difference(
      model === undefined
        ? `docker compose does not end, we refuse it: ${shown}`
        : `docker compose does not end, we load it: ${message}`,
    );
  if (theirs.crashed === true)
    return difference(`docker compose crashes, ${model === undefined ? "we refuse it" : "we load it"}: ${message}`);
  if (theirs.exit !== 0)
    return model === undefined ? onRefusal(message) : difference(`only docker compose refuses it: ${message}`);
  if (model === undefined) return difference(`only we refuse it: ${shown}`);
  const [ours, expected] = [canonicalJson(model), canonicalJson(theirModel(JSON.parse(theirs.stdout)))];
  if (ours === expected) return { kind: "loaded" };
  const parts = differencesOf(JSON.parse(ours), JSON.parse(expected), "");
  return { kind: "different", what: parts.join("; "), parts };
}

function compareErrors(one: ConformanceCase, message: string, errors: readonly Diagnostic[]): Verdict {
  const finding = findingOf(message);
  if (finding === undefined) return difference(`an error of no known class: ${message}`);
  const texts = new Map(Object.entries(one.files).map(([path, text]) => [resolve(one.folder, path), text]));
  const stands = (error: Diagnostic, path: string, where: "there" | "below"): boolean =>
    standsAt(error, path, where, Object.fromEntries(texts));
  const waitsFor = (service: string): readonly string[] => dependenciesOf(one, service);
  if (
    isFound(finding, errors, {
      standsAt: stands,
      textOf: (path) => texts.get(path),
      folder: one.folder,
      expanded: expandedIn(one),
      waitsFor,
    })
  )
    return { kind: "refused", place: finding.place.kind === "ring" ? "at" : finding.place.kind };
  return difference(`another error: ${shown(errors)}; docker compose: ${message}`);
}

/** Puts the variables of a case into a text; what is no template stays as it is. */
function expandedIn({ env = {}, files, envFiles = [".env"] }: ConformanceCase): (text: string) => string {
  const values = new Map<string, string>();
  for (const file of envFiles) {
    const read = parseDotenv(files[file] ?? "", { lookup: (name) => env[name], earlier: (name) => values.get(name) });
    for (const [name, value] of read.values) values.set(name, value);
  }
  const lookup = (name: string): string | undefined => env[name] ?? values.get(name);
  return (text) => {
    try {
      return substitute(text, { lookup });
    } catch (error) {
      if (error instanceof TemplateError) return text;
      throw error;
    }
  };
}

/** Whom a service of a case waits for, were there nothing wrong with that. */
function dependenciesOf(one: ConformanceCase, service: string): readonly string[] {
  const { model } = loadCase({ ...one, unchecked: true });
  const services = isObject(model) && isObject(model["services"]) ? model["services"] : {};
  const definition = services[service];
  return isObject(definition) && isObject(definition["depends_on"]) ? Object.keys(definition["depends_on"]) : [];
}

function shown(errors: readonly Diagnostic[]): string {
  return errors
    .map(({ code, path, file, line, message }) => {
      const place = path.length === 0 ? `${basename(file)}:${line}` : path.join(".");
      return `${code} at ${place}: ${message}`;
    })
    .join("; ");
}

function differencesOf(ours: unknown, theirs: unknown, path: string): readonly string[] {
  const isThere = (value: unknown): boolean => value !== undefined;
  if (isThere(ours) === isThere(theirs) && canonicalJson(ours) === canonicalJson(theirs)) return [];
  if (isObject(ours) && isObject(theirs)) {
    const keys = [...new Set([...Object.keys(ours), ...Object.keys(theirs)])];
    return keys.flatMap((key) => differencesOf(ours[key], theirs[key], path === "" ? key : `${path}.${key}`));
  }
  return [`${path}: ours ${JSON.stringify(ours)}, docker compose's ${JSON.stringify(theirs)}`];
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
