import { relative, resolve } from "node:path";
import { desiredAppSchema, type DesiredApp } from "../../../protocol/app.ts";
import { canonicalJson } from "../../../stackfile/canonical-json.ts";
import { digestOf, fingerprintOf } from "../../../stackfile/fingerprint.ts";
import { loadStackFile } from "../../../stackfile/load.ts";
import type { Model } from "../../../stackfile/model.ts";
import type { Diagnostic, LoadInput, LoadResult } from "../../../stackfile/types.ts";
import {
  isUnknown,
  modelHasUnknowns,
  serviceHasUnknowns,
  unknownValue as unknownText,
} from "../../../stackfile/unknown.ts";
import { isFolder, readTextFile } from "../../../system/text-file.ts";
import type { Call, CheckFailure } from "../../kit/resource.ts";
import {
  hasUnknown,
  isList,
  isProperties,
  unknownValue,
  type Path,
  type Properties,
  type Value,
} from "../../kit/values.ts";
import { withGuestPorts } from "./guest-ports.ts";
import { readContents, type Contents } from "./contents.ts";

/** Values for the stack file; some may have one that is not known yet. */
interface Variables {
  readonly known: Readonly<Record<string, string>>;
  readonly unknown: readonly string[];
}

/** What the program asked for, after loading. In a preview parts of it may be unknown. */
export interface LoadedApp {
  /** Absent where not even the names of the variables are known. */
  readonly model: Model | undefined;
  readonly warnings: readonly string[];
  /** The inputs that `check` computes. */
  readonly computed: { readonly name: Value; readonly fingerprints: Value; readonly modelDigest: Value };
  /** Absent while any part of it is unknown. */
  readonly desired: DesiredApp | undefined;
}

export type Loaded =
  { readonly ok: true; readonly app: LoadedApp } | { readonly ok: false; readonly failures: readonly CheckFailure[] };

/**
 * Loads what the inputs of an app name: stack files or inline object, and the contents of configs and secrets. What it finds shows no
 * value of an inline object at one of the paths `secrets`.
 */
export function loadApp(inputs: Properties, { secrets }: Pick<Call, "secrets">): Loaded {
  const variables = variablesIn(inputs);
  const sources = ["files", "envFiles", "profiles", "projectDirectory", "name"];
  if (variables === undefined || inputs["inline"] === unknownValue || sources.some((key) => hasUnknown(inputs[key]))) {
    return { ok: true, app: nothingKnown(inputs) };
  }
  const result = loadStackFile(loadInput(inputs, variables, secrets), {
    readFile: readTextFile,
    isFolder,
    env: { HOME: process.env["HOME"] ?? "/", ...variables.known },
  });
  const empty = result.diagnostics.filter(({ code }) => code === "no-services");
  if (empty.length > 0) return { ok: false, failures: failuresOf(empty, inputs) };
  if (result.model === undefined) {
    return { ok: false, failures: failuresOf(result.diagnostics.filter(isError), inputs) };
  }
  const model = runsInGuest(inputs["exposure"]) ? withGuestPorts(result.model) : result.model;
  const contents = readContents(
    result.contents,
    (name) => `set it in an env file of the app, or give it to the app: secrets: { ${name}: … }`,
  );
  if (contents.failures.length > 0) return { ok: false, failures: failuresOf(contents.failures, inputs) };

  const known = !modelHasUnknowns(model) && result.unknown.length === 0 && contents.unknown.size === 0;
  const registries = inputs["registries"] ?? {};
  const computed: LoadedApp["computed"] = {
    name: isUnknown(model.name) ? unknownValue : model.name,
    fingerprints: fingerprintsOf(model, result, contents),
    modelDigest: known ? digestOf(canonicalJson(model)) : unknownValue,
  };
  const desired = known && !hasUnknown(registries) ? desiredOf(model, contents, registries) : undefined;
  return { ok: true, app: { model, warnings: result.diagnostics.map(lineOf), computed, desired } };
}

function runsInGuest(exposure: Value | undefined): boolean {
  return isProperties(exposure) && exposure["via"] === "local-vm";
}

function loadInput(inputs: Properties, variables: Variables, secrets: readonly Path[]): LoadInput {
  const { inline, projectDirectory, name, envFiles } = inputs;
  const folder = typeof projectDirectory === "string" ? projectDirectory : isProperties(inline) ? "." : undefined;
  return {
    files: textsIn(inputs["files"]).map((file) => resolve(file)),
    ...(isProperties(inline) ? { inline: withUnknownTexts(inline) as Record<string, unknown> } : {}),
    inlineSecrets: secrets.filter(([input]) => input === "inline").map((path) => path.slice(1)),
    ...(folder === undefined ? {} : { projectDirectory: resolve(folder) }),
    ...(typeof name === "string" ? { name } : {}),
    ...(isList(envFiles) ? { envFiles: textsIn(envFiles).map((file) => resolve(file)) } : {}),
    profiles: textsIn(inputs["profiles"]),
    unknownVariables: variables.unknown,
  };
}

/** Variables and secrets together; undefined where it is not even known which ones there are. */
function variablesIn(inputs: Properties): Variables | undefined {
  const known: Record<string, string> = {};
  const unknown: string[] = [];
  for (const source of [inputs["variables"] ?? {}, inputs["secrets"] ?? {}]) {
    if (source === unknownValue) return undefined;
    if (!isProperties(source)) continue;
    for (const [name, value] of Object.entries(source)) {
      if (hasUnknown(value)) unknown.push(name);
      else if (typeof value === "string") known[name] = value;
    }
  }
  return { known, unknown };
}

function nothingKnown(inputs: Properties): LoadedApp {
  const name = inputs["name"] ?? unknownValue;
  const computed: LoadedApp["computed"] = { name, fingerprints: unknownValue, modelDigest: unknownValue };
  return { model: undefined, warnings: [], computed, desired: undefined };
}

/** Fingerprint by service, unknown where the service or a file that it uses is. */
function fingerprintsOf(model: Model, result: LoadResult, contents: Contents): Properties {
  const digests = Object.fromEntries(Object.entries(contents.known).map(([key, bytes]) => [key, digestOf(bytes)]));
  const entries = Object.entries(model.services).map(([name, service]): [string, Value] => {
    const files = [
      ...(service.configs ?? []).map(({ source }) => `configs/${source}`),
      ...(service.secrets ?? []).map(({ source }) => `secrets/${source}`),
    ];
    const vague =
      serviceHasUnknowns(service) ||
      result.unknown.some(({ path }) => path[0] === "services" && path[1] === name) ||
      files.some((file) => contents.unknown.has(file));
    return [name, vague ? unknownValue : fingerprintOf(model, service, digests)];
  });
  return Object.fromEntries(entries);
}

function desiredOf(model: Model, contents: Contents, registries: Value): DesiredApp {
  const texts = Object.entries(contents.known).map(([key, bytes]) => [key, bytes.toString("base64")] as const);
  return {
    model,
    contents: Object.fromEntries(texts),
    registries: desiredAppSchema.shape.registries.parse(registries),
  };
}

function failuresOf(diagnostics: readonly Diagnostic[], inputs: Properties): readonly CheckFailure[] {
  const property = isProperties(inputs["inline"]) ? "inline" : "files";
  return diagnostics.map((diagnostic) => ({ property, reason: lineOf(diagnostic) }));
}

function isError({ severity }: Diagnostic): boolean {
  return severity === "error";
}

/** `compose.yaml:4:7: unknown key imge → did you mean image?` */
function lineOf({ file, line, column, message, hint }: Diagnostic): string {
  const near = relative(process.cwd(), file);
  const place = near.startsWith("..") ? file : near;
  return `${place}:${line}:${column}: ${message}${hint === undefined ? "" : ` → ${hint}`}`;
}

/** The loader has its own mark for what is unknown, a text. */
function withUnknownTexts(value: Value | undefined): unknown {
  if (value === unknownValue) return unknownText;
  if (isList(value)) return value.map(withUnknownTexts);
  if (!isProperties(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, withUnknownTexts(item)]));
}

function textsIn(value: Value | undefined): readonly string[] {
  return isList(value) ? value.filter((item) => typeof item === "string") : [];
}
