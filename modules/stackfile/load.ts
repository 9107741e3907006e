import { Budget } from "./budget.ts";
import { Diagnostics } from "./tree/diagnostics.ts";
import { mostPorts } from "./forms/ports.ts";
import { mostText } from "./interpolate/dotenv.ts";
import type { Lookup } from "./interpolate/template.ts";
import { type Variables, variablesOf } from "./interpolate/variables.ts";
import { stackFile } from "./keys/top.ts";
import type { Model } from "./model.ts";
import { folderOf } from "./paths.ts";
import { appName } from "./stages/app-name.ts";
import { checkCapacity } from "./checks/capacity.ts";
import { checkConsistency } from "./checks/consistency.ts";
import { contentsOf } from "./stages/contents.ts";
import { at, type Load, type Project } from "./stages/context.ts";
import { decode } from "./stages/decode.ts";
import type { Draft, Reporting, Template } from "./stages/draft.ts";
import { checkEngineRules } from "./checks/engine-rules.ts";
import { withExtensions, withoutExtensions } from "./stages/extensions.ts";
import { resolveFiles, withoutLabelFiles } from "./stages/env-files.ts";
import { refuseLocalMounts } from "./checks/local-mounts.ts";
import { newMerging } from "./stages/merging.ts";
import { joinDefaultNetwork, normalise, normaliseTemplate, withoutEmptyKeys, withScale } from "./stages/normalise.ts";
import { parse } from "./stages/parse.ts";
import { selectProfiles } from "./stages/profiles.ts";
import { assemble } from "./stages/project.ts";
import { readSources } from "./stages/read.ts";
import { requireTexts } from "./stages/require-texts.ts";
import { keepUsedResources } from "./stages/resources.ts";
import { Passes } from "./stages/settle.ts";
import { checkSupport } from "./checks/support.ts";
import { usedParts } from "./stages/used.ts";
import { exactValue } from "./tree/exact.ts";
import { childOf, locate, type Node, toValue } from "./tree/node.ts";
import type { Source } from "./tree/source.ts";
import type { LoadInput, LoadPorts, LoadResult, Specification, SpecificationResult, UnknownPart } from "./types.ts";

/**
 * Loads stack files into the model: what `docker compose config` makes of them, where Stackhouse can run it. Reads files only
 * through `ports`. Never throws for what a user wrote: every finding is a diagnostic, and the model is there when none of
 * them is an error.
 *
 * @example
 * const { model, diagnostics } = loadStackFile({ files: ["/app/compose.yaml"] }, { readFile, env: process.env });
 */
export function loadStackFile(input: LoadInput, ports: LoadPorts): LoadResult {
  const loading = start(input, ports);
  const draft = loading.tree === undefined ? undefined : modelOf(loading, input);
  const specification = specificationOf(draft, loading);
  if (loading.tree !== undefined) {
    const used = draft === undefined ? loading.tree : usedParts(loading.tree, draft);
    checkSupport(used, stackFile, [], loading.diagnostics);
    if (draft !== undefined) {
      const reporting = reportingOf(loading.tree, loading.diagnostics);
      checkCapacity(draft, reporting);
      checkEngineRules(draft, reporting);
    }
    checkServices(loading);
    const [services, volumes] = [Object.keys(draft?.services ?? {}), Object.keys(draft?.volumes ?? {})];
    refuseLocalMounts(loading.tree, { services, volumes }, loading.diagnostics);
  }
  const { diagnostics, unknown, tree } = loading;
  // Names were given to what has none, and every key and every null that the runtime does not know was refused.
  const isWhole = diagnostics.errorCount === 0 && draft !== undefined && tree?.kind === "map";
  const kept = input.keepsExtensions === true ? exactValue : undefined;
  const model = isWhole
    ? (withExtensions(joinDefaultNetwork(withoutLabelFiles(draft)), tree, kept) as Model)
    : undefined;
  return {
    ...(model === undefined ? {} : { model }),
    ...(specification === undefined ? {} : { specification }),
    contents: model === undefined || tree === undefined ? [] : contentsOf(model, tree),
    diagnostics: diagnostics.all(),
    unknown,
  };
}

/** The model of the whole Compose Specification, with the keys that Stackhouse does not run: what `docker compose config` gives. */
export function loadSpecification(input: LoadInput, ports: LoadPorts): SpecificationResult {
  const loading = start(input, ports);
  const draft = loading.tree === undefined ? undefined : modelOf(loading, input);
  const model = specificationOf(draft, loading);
  return { ...(model === undefined ? {} : { model }), diagnostics: loading.diagnostics.all() };
}

/**
 * The same of services that may name what is not there: neither references, rings and conflicts are looked at, nor env files and
 * label files read. It is what `docker compose config --no-consistency --no-env-resolution` gives where there are no label files.
 */
export function loadUnchecked(input: LoadInput, ports: LoadPorts): SpecificationResult {
  const loading = start(input, ports);
  const parts = partsOf(loading, input);
  const model = specificationOf(parts && keepUsedResources(parts.selected), loading);
  return { ...(model === undefined ? {} : { model }), diagnostics: loading.diagnostics.all() };
}

/** Asked for before it is looked at what Stackhouse does not run: whatever is an error until then is one for docker compose, too. */
function specificationOf(draft: Draft | undefined, { tree, diagnostics }: Loading): Specification | undefined {
  if (diagnostics.errorCount > 0 || draft === undefined || tree?.kind !== "map") return undefined;
  // Only what people read can have values that JSON has no type for.
  return withExtensions(draft, tree, exactValue);
}

/**
 * What `docker compose config --no-interpolate` gives: merged, in long forms and with what is implied, and with variables as
 * they are written. Values keep the forms that only variables decide: a command stays a string, variables stay a list.
 */
export function loadTemplates(input: LoadInput, ports: LoadPorts): SpecificationResult {
  const { tree, name, lookup, diagnostics, project } = start(input, ports, { skipsInterpolation: true });
  if (tree !== undefined && diagnostics.errorCount === 0) requireTexts(tree, stackFile, at(project.load));
  if (tree === undefined || name === undefined || diagnostics.errorCount > 0) return { diagnostics: diagnostics.all() };
  // The tree is valid and in long forms, and what is made of it is made of texts. A moment or a large number elsewhere is printed as it is.
  const written = { ...(toValue(tree, exactValue) as Template & { version?: unknown }), name };
  delete written.version;
  return { model: { ...normaliseTemplate(written, lookup) }, diagnostics: diagnostics.all() };
}

/** What `docker compose config --variables` looks into: the same, of files in which keys may be wrong. */
export function loadUses(input: LoadInput, ports: LoadPorts): SpecificationResult {
  const { tree, name, diagnostics } = start(input, ports, { skipsInterpolation: true, skipsValidation: true });
  if (tree === undefined || name === undefined || diagnostics.errorCount > 0) return { diagnostics: diagnostics.all() };
  return { model: { ...(toValue(tree) as object), name }, diagnostics: diagnostics.all() };
}

interface Loading {
  readonly diagnostics: Diagnostics;
  readonly unknown: readonly UnknownPart[];
  readonly project: Project;
  readonly lookup: Lookup;
  /** Undefined, which is reported, where there is nothing to work with. */
  readonly name: string | undefined;
  readonly tree: Node | undefined;
}

/** Reads, merges and checks the files. */
function start(
  input: LoadInput,
  ports: LoadPorts,
  { skipsInterpolation = false, skipsValidation = false } = {},
): Loading {
  const diagnostics = new Diagnostics();
  const unknown: UnknownPart[] = [];
  const load: Load = {
    ports,
    diagnostics,
    leaveOut: (place, path) => {
      unknown.push({ path, file: place.source.file, ...place.source.position(place.start) });
    },
    assemble,
    skipsInterpolation,
    skipsValidation,
    keepsExtensions: input.keepsExtensions === true,
    included: new Map(),
    extended: new Map(),
    sources: new Map(),
    parsed: new Map(),
    passes: new Passes(),
    merging: newMerging(),
    empty: [],
    portBudget: new Budget(mostPorts),
    textBudget: new Budget(mostText),
  };
  const folder = input.projectDirectory ?? folderOf(input.files[0] ?? "/");
  const variables = variablesOf(input, folder, load);
  const sources = readSources(input, load);
  const documents = sources.flatMap((source) => parse(source, load).map(({ tree }) => tree));
  const name = appName({ input, documents, projectDirectory: folder, lookup: variables.lookup, at: at(load) });
  // Where variables are not put in, none has a value, but for the name.
  const lookup: Lookup = skipsInterpolation ? () => undefined : variables.lookup;
  const named: Variables = { ...variables, lookup: (variable) => nameOr(variable, name, lookup) };
  const project: Project = { load, folder, base: folder, variables: named };
  const merged = assemble(sources, project, []);
  const tree = load.merging.isGivenUp ? undefined : merged;
  const isEmpty = diagnostics.errorCount === 0 && !hasContent(tree);
  reportEmpty(isEmpty && load.empty.length === 0 ? sources : load.empty, isEmpty, diagnostics);
  return { diagnostics, unknown, project, lookup: named.lookup, name, tree };
}

/** The obsolete version is none. */
function hasContent(tree: Node | undefined): boolean {
  return tree?.kind === "map" && [...tree.entries.keys()].some((key) => key !== "version");
}

/** An empty file has no effect beside others; nothing but such files is an error. */
function reportEmpty(sources: readonly Source[], isAll: boolean, diagnostics: Diagnostics): void {
  for (const source of sources) {
    const place = { source, start: 0, end: 0 };
    const finding = { code: "empty-file", message: "the stack file is empty" } as const;
    if (isAll) diagnostics.error(place, [], finding);
    else diagnostics.warning(place, [], finding);
  }
}

/** The name that was found is a variable, too. */
function nameOr(variable: string, name: string | undefined, lookup: Lookup): string | undefined {
  return variable === "COMPOSE_PROJECT_NAME" ? (name ?? lookup(variable)) : lookup(variable);
}

/** What the files say, of all services and of those that are selected. */
interface Parts {
  readonly all: Draft;
  readonly selected: Draft;
  readonly reporting: Reporting;
}

/** Undefined where there is no name. */
function partsOf({ tree, name, project, lookup, diagnostics }: Loading, input: LoadInput): Parts | undefined {
  if (tree?.kind !== "map" || name === undefined) return undefined;
  // The tree fits the table, so its value is what the types of a draft say.
  const values = decode(withoutExtensions(tree), stackFile, at(project.load)) as object;
  const decoded = { services: {}, ...values, name } as Draft;
  const all = normalise(decoded, lookup);
  const selected = selectProfiles(withoutEmptyKeys(all), profilesOf(input, lookup));
  return { all, selected, reporting: reportingOf(tree, diagnostics) };
}

/** Undefined where there is no name. */
function modelOf(loading: Loading, input: LoadInput): Draft | undefined {
  const parts = partsOf(loading, input);
  if (parts === undefined) return undefined;
  const { all, selected, reporting } = parts;
  const { load, folder } = loading.project;
  checkConsistency(selected, all, reporting);
  const context = {
    projectDirectory: folder,
    ports: load.ports,
    lookup: loading.lookup,
    at: reporting,
    room: load.textBudget,
  };
  return keepUsedResources(resolveFiles(withScale(selected), context));
}

function reportingOf(tree: Node, diagnostics: Diagnostics): Reporting {
  return { diagnostics, locate: (path, part) => locate(tree, path, part) };
}

/** Those of the caller, else those of `COMPOSE_PROFILES`, with commas between them. */
function profilesOf({ profiles = [] }: LoadInput, lookup: Lookup): readonly string[] {
  return profiles.length > 0 ? profiles : (lookup("COMPOSE_PROFILES") ?? "").split(",").map((name) => name.trim());
}

/** Compose loads a file without services; an app that has none is none, which is for those to say who run it. */
function checkServices({ tree, diagnostics }: Loading): void {
  const services = childOf(tree, "services");
  if (tree === undefined || diagnostics.errorCount > 0 || (services?.kind === "map" && services.entries.size > 0))
    return;
  diagnostics.warning(tree.place, ["services"], {
    code: "no-services",
    message: "there are no services: nothing runs",
    hint: "add services: to the file",
  });
}
