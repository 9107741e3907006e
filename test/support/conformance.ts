import { existsSync, readFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { canonicalJson } from "../../modules/stackfile/canonical-json.ts";
import { loadSpecification } from "../../modules/stackfile/load.ts";
import type { Diagnostic, LoadInput } from "../../modules/stackfile/types.ts";
import type { OracleCase, OracleOutcome } from "./oracle.ts";
import { classOf, findingOf, type FindingClass } from "./oracle-errors.ts";
import { normaliseOracle, normaliseOurs } from "./oracle-model.ts";

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
  return loadSpecification(
    {
      files: paths,
      projectDirectory: dirname(paths[0] ?? folder),
      profiles,
      ...(name === null ? {} : { name }),
      ...(envFiles === undefined ? {} : { envFiles: envFiles.map((file) => resolve(folder, file)) }),
      ...(skips === undefined ? {} : { skips }),
    },
    { readFile: onDisk ? readFile : (path) => texts.get(path), env: environmentOf(one) },
  );
}

function readFile(path: string): string | undefined {
  return existsSync(path) ? readFileSync(path, "utf8") : undefined;
}

/** Whether both loaders say the same: accept or reject, then the model, or the class and the path of the error. */
export function compare(one: ConformanceCase, theirs: OracleOutcome): Verdict {
  const { model, diagnostics } = loadCase(one);
  const errors = diagnostics.filter(({ severity }) => severity === "error");
  if (theirs.exit !== 0) return compareErrors(theirs, model, errors);
  const refusal = errors.find(({ code }) => code === "not-supported");
  if (refusal !== undefined && errors.every(({ code }) => code === "not-supported")) {
    return { kind: "refused", reason: refusal.message };
  }
  if (model === undefined) return { kind: "different", what: `only we refuse it: ${shown(errors)}` };
  const ours = canonicalJson(normaliseOurs(model));
  const expected = canonicalJson(normaliseOracle(JSON.parse(theirs.stdout)));
  if (ours === expected) return { kind: "equal", accepted: true };
  return { kind: "different", what: firstDifference(JSON.parse(ours), JSON.parse(expected), "") ?? "key order" };
}

function compareErrors(theirs: OracleOutcome, model: unknown, errors: readonly Diagnostic[]): Verdict {
  const message = theirs.error ?? "";
  if (model !== undefined) return { kind: "different", what: `only docker compose refuses it: ${message}` };
  if (theirs.crashed === true) return { kind: "equal", accepted: false };
  const finding = findingOf(message);
  if (finding === undefined) return { kind: "different", what: `an error of no known class: ${message}` };
  if (errors.some((error) => isSame(error, finding))) return { kind: "equal", accepted: false };
  return { kind: "different", what: `another error: ${shown(errors)}; docker compose: ${message}` };
}

function isSame(error: Diagnostic, finding: { readonly class: FindingClass; readonly path?: readonly string[] }): boolean {
  if (!classOf(error.code).includes(finding.class)) return false;
  const { path } = finding;
  if (path === undefined || error.path.length === 0) return true;
  // Theirs may be less precise, and ours too, where a short form has no path of its own.
  const shared = Math.min(path.length, error.path.length);
  return path.slice(0, shared).every((part, index) => part === String(error.path[index]) || part === "[]");
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
