import { Diagnostics } from "./diagnostics.ts";
import { keepTemplates } from "./interpolate/keep.ts";
import type { Lookup } from "./interpolate/template.ts";
import { interpolate } from "./interpolate/tree.ts";
import { variablesOf } from "./interpolate/variables.ts";
import { stackFile } from "./keys/top.ts";
import type { Model } from "./model.ts";
import { folderOf } from "./paths.ts";
import { appName } from "./stages/app-name.ts";
import { canonicalise } from "./stages/canonicalise.ts";
import { checkConsistency } from "./stages/consistency.ts";
import type { Draft } from "./stages/draft.ts";
import { mergeAll } from "./stages/merge.ts";
import { normalise } from "./stages/normalise.ts";
import { parseAll } from "./stages/parse.ts";
import { selectProfiles } from "./stages/profiles.ts";
import { readSources } from "./stages/read.ts";
import { keepUsedResources } from "./stages/resources.ts";
import { resolveEnvFiles } from "./stages/env-files.ts";
import { localMountsOf } from "./stages/local-mounts.ts";
import { resolvePaths } from "./stages/resolve-paths.ts";
import { keepLatest } from "./stages/unique.ts";
import { validate } from "./stages/validate.ts";
import { locate, type Node, toValue } from "./tree/node.ts";
import type { LoadInput, LoadPorts, LoadResult, LocalMount, TemplateResult, UnknownPart } from "./types.ts";

/**
 * Loads stack files into the model: what `docker compose config` makes of them. Reads files only through `ports`. Never throws
 * for what a user wrote: every finding is a diagnostic, and the model is there when none of them is an error.
 *
 * @example
 * const { model, diagnostics } = loadStackFile({ files: ["/app/compose.yaml"] }, { readFile, env: process.env });
 */
export function loadStackFile(input: LoadInput, ports: LoadPorts): LoadResult {
  const diagnostics = new Diagnostics();
  const unknown: UnknownPart[] = [];
  const localMounts: LocalMount[] = [];
  const model = runStages(input, ports, { diagnostics, unknown, localMounts });
  return {
    ...(model === undefined || diagnostics.errorCount > 0 ? {} : { model }),
    diagnostics: diagnostics.all(),
    unknown,
    localMounts,
  };
}

/**
 * Loads stack files without putting variables in: merged, with short forms written out where they hold no variable. Paths stay as
 * they are written, and services of every profile are there. What only values can tell (references, conflicts) is not checked.
 */
export function loadTemplate(input: LoadInput, ports: LoadPorts): TemplateResult {
  const diagnostics = new Diagnostics();
  const merged = mergeDocuments(input, ports, { diagnostics, unknown: [], localMounts: [] }, () => keepTemplates);
  const isRight = merged !== undefined && diagnostics.errorCount === 0;
  return {
    ...(isRight ? { template: { ...(toValue(merged.tree) as object), name: merged.name } } : {}),
    diagnostics: diagnostics.all(),
  };
}

interface Findings {
  readonly diagnostics: Diagnostics;
  readonly unknown: UnknownPart[];
  readonly localMounts: LocalMount[];
}

/** All files in one tree whose shape is proved. */
interface Merged {
  readonly tree: Node;
  readonly name: string;
  readonly projectDirectory: string;
  readonly lookup: Lookup;
}

/** What is done with the templates of a document, once the variables are known. */
type Templates = (lookup: Lookup) => (document: Node) => Node;

function mergeDocuments(
  input: LoadInput,
  ports: LoadPorts,
  { diagnostics, unknown }: Findings,
  templates: Templates,
): Merged | undefined {
  const projectDirectory = input.projectDirectory ?? folderOf(input.files[0] ?? "/");
  const lookup = variablesOf(input, projectDirectory, ports, diagnostics);
  const leaveOut = (place: Node["place"], path: UnknownPart["path"]): void => {
    unknown.push({ path, file: place.source.file, ...place.source.position(place.start) });
  };

  const documents = parseAll(readSources(input, ports, diagnostics), diagnostics);
  const name = appName({ input, documents, projectDirectory, lookup, diagnostics });
  const withAppName = (variable: string): string | undefined =>
    variable === "COMPOSE_PROJECT_NAME" ? (lookup(variable) ?? name) : lookup(variable);
  const fill = templates(withAppName);
  const canonical = documents.flatMap(
    (document) => canonicalise(fill(document), stackFile, { path: [], diagnostics, leaveOut }) ?? [],
  );
  const merged = mergeAll(canonical, stackFile, diagnostics);
  const tree = merged && validate(keepLatest(merged, stackFile, [], diagnostics), stackFile, [], diagnostics);
  return tree === undefined || name === undefined ? undefined : { tree, name, projectDirectory, lookup };
}

function runStages(input: LoadInput, ports: LoadPorts, findings: Findings): Model | undefined {
  const { diagnostics, localMounts } = findings;
  const merged = mergeDocuments(
    input,
    ports,
    findings,
    (lookup) => (document) => interpolate(document, [], lookup, diagnostics),
  );
  if (merged === undefined) return undefined;
  const { tree, name, projectDirectory, lookup } = merged;

  // `validate` has proved the shape, so the value is what the types of a draft say.
  const draft: Draft = { ...(toValue(tree) as Draft), name };
  const at = { diagnostics, locate: (path: UnknownPart["path"]) => locate(tree, path) };
  const selected = selectProfiles(draft, input.profiles ?? []);
  const withEnvironment = resolveEnvFiles(selected, { projectDirectory, readFile: ports.readFile, lookup, at });
  localMounts.push(...localMountsOf(withEnvironment, at.locate));
  const resolved = resolvePaths(withEnvironment, projectDirectory, ports.env["HOME"]);
  checkConsistency(resolved, draft, at);
  return normalise(keepUsedResources(resolved), lookup);
}
