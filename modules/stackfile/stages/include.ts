import { layerVariables } from "../interpolate/variables.ts";
import { includeEntry, stackFile } from "../keys/top.ts";
import { type Shape, shapeBelow } from "../shapes/shape.ts";
import { folderOf, isAbsolute, joinPath, relativePath } from "../paths.ts";
import type { Clearing } from "../tree/clearing.ts";
import { childOf, type Entry, map, type MapNode, type Node, scalarAt } from "../tree/node.ts";
import { shownValue } from "../tree/within.ts";
import { clear, clearingBelow } from "./clear.ts";
import { at, type Project } from "./context.ts";
import { isRemote, reportRemote } from "./remote.ts";
import { merge } from "./merge.ts";
import { costOf, mayMerge } from "./merging.ts";
import { readFiles } from "./read.ts";
import { validate } from "./validate.ts";

/**
 * Takes the projects that `include` names into a document. Each is loaded by itself, with its own folder and `.env` beneath
 * the variables of the including one; of what both define, the including document's goes on top.
 */
export function includeProjects(
  document: MapNode,
  clearing: Clearing,
  project: Project,
  including: readonly string[],
): MapNode {
  const include = document.entries.get("include")?.value;
  if (include === undefined) return document;
  const rest = map(
    [...document.entries].filter(([key]) => key !== "include"),
    document.place,
  );
  const valid = validate(include, { kind: "list", of: includeEntry, or: ["null"] }, at(project.load).below("include"));
  if (valid?.kind !== "list") return rest;
  return valid.items.reduce<MapNode>((target, entry) => {
    const imported = loadIncluded(entry, project, including);
    if (imported?.kind !== "map") return target;
    const cost = costOf(target, imported, project.load.merging);
    if (!mayMerge(cost, { place: entry.place, path: ["include"] }, project.load)) return target;
    return addResources(target, imported, clearing, project);
  }, rest);
}

/** Each level is read within the one above. */
const deepest = 100;
/** Of one load, each with the variables that it sees: files that include two others each stand for any number. */
const most = 2_000;

function loadIncluded(entry: Node, project: Project, including: readonly string[]): Node | undefined {
  const { load, folder } = project;
  const path = ["include"];
  const named = textsIn(entry.kind === "scalar" ? entry : childOf(entry, "path"));
  const remote = named.find(isRemote);
  if (remote !== undefined) {
    reportRemote(remote, entry.place, path, load);
    return undefined;
  }
  const files = named.map((name) => joinPath(folder, name));
  const main = files[0];
  const envFiles = textsIn(childOf(entry, "env_file"));
  if (main === undefined) {
    // Nothing is included, and the env files have to be there all the same.
    if (envFiles.length > 0)
      layerVariables(project.variables, envFilesOf(envFiles, folder, project), entry.place, load);
    return undefined;
  }
  if (including.includes(main)) {
    load.diagnostics.error(entry.place, path, {
      code: "include-cycle",
      message: `these files include each other: ${[...including, main].join(" -> ")}`,
      hint: "remove one of them",
    });
    return undefined;
  }
  if (including.length >= deepest) {
    load.diagnostics.error(entry.place, path, {
      code: "include-cycle",
      message: `more than ${deepest} files include one another in a row`,
    });
    return undefined;
  }
  const given = scalarAt(entry, "project_directory");
  const directory = typeof given === "string" && given !== "" ? given : undefined;
  const own = directory === undefined ? folderOf(main) : joinPath(folder, directory);
  const base = directory === undefined ? relativePath(folder, own) : baseOf(directory, own, entry, project);
  const variables = layerVariables(project.variables, envFilesOf(envFiles, own, project), entry.place, load);
  const key = JSON.stringify([files, own, base, variables.key]);
  if (load.included.has(key)) return load.included.get(key);
  if (load.included.size >= most) {
    load.diagnostics.error(entry.place, path, {
      code: "include-cycle",
      message: `files include one another more than ${most} times, with other variables each time`,
      hint: "give included files the same variables, or include each of them once",
    });
    return undefined;
  }
  const included: Project = { load, folder: own, base, variables };
  const tree = load.assemble(readFiles(files, project, { place: entry.place, path }), included, including);
  load.included.set(key, tree);
  return tree;
}

/** Where the relative paths of a project begin that has been given a directory. */
function baseOf(directory: string, own: string, entry: Node, { load, folder }: Project): string {
  if (isAbsolute(directory, folder)) return directory;
  if (load.ports.isFolder?.(own) !== false) return relativePath(folder, own);
  // As in Compose: what is no folder is taken for a file of one.
  const base = relativePath(folder, folderOf(own));
  load.diagnostics.warning(childOf(entry, "project_directory")?.place ?? entry.place, ["include"], {
    code: "no-effect",
    message: `the project directory ${shownValue(entry.place, own)} is no folder: relative paths begin in the folder above`,
    hint: "make the folder, or name another one",
  });
  return base;
}

interface EnvFiles {
  readonly files: readonly string[];
  readonly required: boolean;
}

function envFilesOf(given: readonly string[], own: string, { folder }: Project): EnvFiles {
  if (given.length === 0) return { files: [joinPath(own, ".env")], required: false };
  return { files: given.filter((file) => file !== "/dev/null").map((file) => joinPath(folder, file)), required: true };
}

function textsIn(value: Node | undefined): readonly string[] {
  const items = value?.kind === "list" ? value.items : value === undefined ? [] : [value];
  return items.flatMap((item) => (item.kind === "scalar" && item.value !== null ? [String(item.value)] : []));
}

const sections = ["services", "volumes", "networks", "secrets", "configs", "models"];

function addResources(target: MapNode, imported: Node, clearing: Clearing, { load }: Project): MapNode {
  const entries = new Map(target.entries);
  for (const section of sections) {
    const from = childOf(imported, section);
    const own = entries.get(section);
    if (from?.kind !== "map" || (own !== undefined && own.value.kind !== "map")) continue;
    const resources = new Map<string, Entry>(own?.value.kind === "map" ? own.value.entries : []);
    const shape = shapeBelow(stackFile, section);
    for (const [name, entry] of from.entries) {
      const conflict = resources.get(name);
      if (conflict === undefined) {
        resources.set(name, entry);
        continue;
      }
      // What the whole of a resource is marked with says nothing about included ones, for Compose.
      const base = clear(entry.value, clearingBelow(clearingBelow(clearing, section), name));
      const value = merge(base, conflict.value, shapeOfNamed(name, shape), at(load).below(section).below(name));
      resources.set(name, { keyPlace: value === entry.value ? entry.keyPlace : conflict.keyPlace, value });
    }
    entries.set(section, {
      keyPlace: own?.keyPlace ?? from.place,
      value: map(resources, own?.value.place ?? from.place),
    });
  }
  return map(entries, target.place);
}

/** Here Compose takes a dot in a name for a level: what is merged has the rules of what is there, and mostly none. */
function shapeOfNamed(name: string, section: Shape | undefined): Shape | undefined {
  return name.split(".").reduce(shapeBelow, section);
}
