import { existsSync, readFileSync, statSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { canonicalJson } from "../../modules/stackfile/canonical-json.ts";
import { loadSpecification, loadTemplates } from "../../modules/stackfile/load.ts";
import type { Diagnostic, LoadInput } from "../../modules/stackfile/types.ts";
import type { OracleCase, OracleOutcome } from "./oracle.ts";
import { classOf, findingOf, type OracleFinding } from "./oracle-errors.ts";
import { normaliseOracle, normaliseOurs, normaliseTemplates } from "./oracle-model.ts";

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
  readonly skips?: LoadInput["skips"];
  /** Variables are not put in. */
  readonly templates?: true;
}

export type Verdict =
  | { readonly kind: "equal"; readonly accepted: boolean }
  /** Why Stackhouse, and not Compose, refuses the file. */
  | { readonly kind: "refused"; readonly reason: string }
  | { readonly kind: "different"; readonly what: string };

const home = "/root";

export function oracleCase(one: ConformanceCase): OracleCase {
  const { skips = {} } = one;
  const name = one.name === undefined ? "p" : one.name;
  return {
    folder: one.folder,
    files: one.files,
    env: environmentOf(one),
    args: [
      ...one.stackFiles.flatMap((file) => ["-f", file]),
      ...(one.envFiles ?? []).flatMap((file) => ["--env-file", file]),
      ...(one.profiles ?? []).flatMap((profile) => ["--profile", profile]),
      ...(name === null ? [] : ["-p", name]),
      "config",
      "--format",
      "json",
      ...(one.templates === true ? ["--no-interpolate"] : []),
      ...(skips.consistency === true ? ["--no-consistency"] : []),
      ...(skips.normalisation === true ? ["--no-normalize"] : []),
      ...(skips.paths === true ? ["--no-path-resolution"] : []),
      ...(skips.environment === true ? ["--no-env-resolution"] : []),
    ],
  };
}

function environmentOf({ env, folder }: ConformanceCase): Record<string, string> {
  return { HOME: home, PATH: "/usr/bin:/bin", PWD: folder, ...env };
}

/** What our own loader makes of a case. */
export function loadCase(one: ConformanceCase): ReturnType<typeof loadSpecification> {
  const { folder, files, stackFiles, profiles = [], envFiles, name = "p", skips } = one;
  const onDisk = Object.keys(files).length === 0;
  const texts = new Map(Object.entries(files).map(([path, text]) => [resolve(folder, path), text]));
  const paths = stackFiles.map((file) => resolve(folder, file));
  return (one.templates === true ? loadTemplates : loadSpecification)(
    {
      files: paths,
      projectDirectory: dirname(paths[0] ?? folder),
      profiles,
      ...(name === null ? {} : { name }),
      ...(envFiles === undefined ? {} : { envFiles: envFiles.map((file) => resolve(folder, file)) }),
      ...(skips === undefined ? {} : { skips }),
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

/** Whether both loaders say the same: accept or reject, then the model, or the class and the path of the error. */
export function compare(one: ConformanceCase, theirs: OracleOutcome): Verdict {
  const { model, diagnostics } = loadCase(one);
  const errors = diagnostics.filter(({ severity }) => severity === "error");
  if (theirs.hung === true) return { kind: "different", what: `docker compose hangs: ${theirs.error ?? ""}` };
  if (theirs.exit !== 0) return compareErrors(one, theirs, { model, errors });
  const refusal = errors.find(({ code }) => code === "not-supported");
  if (refusal !== undefined && errors.every(({ code }) => code === "not-supported")) {
    return { kind: "refused", reason: refusal.message };
  }
  if (model === undefined) return { kind: "different", what: `only we refuse it: ${shown(errors)}` };
  const ours = canonicalJson(one.templates === true ? normaliseTemplates(model) : normaliseOurs(model));
  const expected = canonicalJson(
    (one.templates === true ? normaliseTemplates : normaliseOracle)(JSON.parse(theirs.stdout)),
  );
  if (ours === expected) return { kind: "equal", accepted: true };
  return { kind: "different", what: firstDifference(JSON.parse(ours), JSON.parse(expected), "") ?? "key order" };
}

function compareErrors(
  { files }: ConformanceCase,
  theirs: OracleOutcome,
  { model, errors }: { readonly model: unknown; readonly errors: readonly Diagnostic[] },
): Verdict {
  const message = theirs.error ?? "";
  if (model !== undefined) return { kind: "different", what: `only docker compose refuses it: ${message}` };
  if (theirs.crashed === true) return { kind: "equal", accepted: false };
  const finding = findingOf(message);
  if (finding === undefined) return { kind: "different", what: `an error of no known class: ${message}` };
  const isShared = Object.values(files).some((text) => /[\s[{,]&\w|\bextends\b/.test(text));
  if (errors.some((error) => isSame(error, finding, isShared))) return { kind: "equal", accepted: false };
  return { kind: "different", what: `another error: ${shown(errors)}; docker compose: ${message}` };
}

function isSame(error: Diagnostic, finding: OracleFinding, isShared: boolean): boolean {
  if (!classOf(error.code).includes(finding.class)) return false;
  if (finding.path === undefined) return true;
  // Only of a file as a whole nothing is said of a place in it.
  if (error.path.length === 0) return !["content", "interpolation", "reference"].includes(finding.class);
  const theirs = finding.path;
  const ours = pathText(error.path);
  if (isWithin(ours, theirs)) return true;
  // What is wrong with an anchor, or with what is extended, is said once: of one of the places that have it.
  return isShared && sectionOf(ours) === sectionOf(theirs) && isWithin(belowName(ours), belowName(theirs));
}

/** Either may be less precise: a short form has no path of its own. */
function isWithin(ours: string, theirs: string): boolean {
  return (
    ours === theirs || ours === "" || theirs === "" || ours.startsWith(`${theirs}.`) || theirs.startsWith(`${ours}.`)
  );
}

function sectionOf(path: string): string {
  return path.split(".")[0] ?? "";
}

/** A path without its section and the name of the entry there. */
function belowName(path: string): string {
  return path.split(".").slice(2).join(".");
}

/** As docker compose writes a path, with any index as `*`. */
function pathText(path: Diagnostic["path"]): string {
  return path.map((part) => (typeof part === "number" ? "*" : part)).join(".");
}

function shown(errors: readonly Diagnostic[]): string {
  return errors.map(({ code, message }) => `${code}: ${message}`).join("; ");
}

function firstDifference(ours: unknown, theirs: unknown, path: string): string | undefined {
  if (canonicalJson(ours) === canonicalJson(theirs)) return undefined;
  if (isObject(ours) && isObject(theirs)) {
    for (const key of new Set([...Object.keys(ours), ...Object.keys(theirs)])) {
      const found = firstDifference(ours[key], theirs[key], path === "" ? key : `${path}.${key}`);
      if (found !== undefined) return found;
    }
  }
  return `${path}: ours ${JSON.stringify(ours)}, docker compose's ${JSON.stringify(theirs)}`;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
