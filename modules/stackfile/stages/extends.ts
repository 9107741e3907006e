import { shapeBelow } from "../shapes/shape.ts";
import { extendedService, extension } from "../keys/service/image-and-process.ts";
import { stackFile } from "../keys/top.ts";
import { folderOf, joinPath, relativePath } from "../paths.ts";
import type { Clearing } from "../tree/clearing.ts";
import { childOf, isNull, map, type MapNode, type Node, shownScalar } from "../tree/node.ts";
import { shownValue } from "../tree/within.ts";
import { clear, clearingBelow } from "./clear.ts";
import { servicesToExtend } from "./base-services.ts";
import { at, type Project } from "./context.ts";
import type { Family } from "./family.ts";
import { merge } from "./merge.ts";
import { mayMerge, sizeOf } from "./merging.ts";
import { nearest } from "./nearest.ts";
import { readFiles } from "./read.ts";
import { isRemote, reportRemote } from "./remote.ts";
import { resolvePaths } from "./resolve-paths.ts";
import { misfit, validate } from "./validate.ts";
import { isUnknown } from "../unknown.ts";

/** Lays each service of a document over the one that it extends, of this document or of another file. */
export function extendServices(document: MapNode, clearing: Clearing, project: Project): MapNode {
  const services = document.entries.get("services");
  if (services !== undefined && services.value.kind !== "map") {
    validate(services.value, stackFile.keys["services"]?.shape ?? stackFile, at(project.load).below("services"));
  }
  if (services?.value.kind !== "map" || !extendsAny(services.value)) return document;
  const family: Family = {
    entries: new Map(services.value.entries),
    clearing: clearingBelow(clearing, "services"),
    file: services.keyPlace.source.file,
    baseless: new Set(),
  };
  for (const name of family.entries.keys()) extendService(name, family, [], project);
  const value = map(family.entries, services.value.place);
  return { ...document, entries: new Map([...document.entries, ["services", { ...services, value }]]) };
}

function extendsAny(services: MapNode): boolean {
  return [...services.entries.values()].some(({ value }) => value.kind === "map" && value.entries.has("extends"));
}

/** Longer than anybody writes by hand, and shorter than the call stack. */
const longest = 500;

/** A service on the way from one to what it extends. */
interface Step {
  readonly file: string;
  readonly service: string;
}

function extendService(name: string, family: Family, trail: readonly Step[], project: Project): Node | undefined {
  const entry = family.entries.get(name);
  const service = entry?.value;
  if (entry === undefined || service?.kind !== "map") return service;
  const reference = service.entries.get("extends");
  if (reference === undefined) return service;
  if (family.baseless.has(name)) return undefined;
  const target = targetOf(reference.value, name, family, project);
  if (target === undefined) return void family.baseless.add(name);
  const step = { file: target.file, service: name };
  if (trail.some(({ file, service: one }) => file === step.file && one === step.service)) {
    project.load.diagnostics.error(reference.keyPlace, ["services", name, "extends"], {
      code: "extends-cycle",
      message: `these services extend each other: ${[...trail, step].map((one) => one.service).join(" -> ")}`,
      hint: "remove one of them",
    });
    return undefined;
  }
  if (trail.length >= longest) {
    project.load.diagnostics.error(reference.keyPlace, ["services", name, "extends"], {
      code: "extends-cycle",
      message: `more than ${longest} services extend each other one after the other`,
    });
    return undefined;
  }
  const base = extendService(target.service, target.family, [...trail, step], project);
  if (base === undefined) return void family.baseless.add(name);
  if (isNull(base)) return service;
  const here = { place: reference.keyPlace, path: ["services", name, "extends"] };
  if (!mayMerge(sizeOf(base, project.load.merging), here, project.load)) return service;
  const place = at(project.load).below("services").below(name);
  const kept = clear(base, clearingBelow(family.clearing, name));
  const merged = merge(kept, service, shapeBelow(shapeBelow(stackFile, "services"), name), place);
  const value =
    merged.kind === "map"
      ? map(
          [...merged.entries].filter(([key]) => key !== "extends"),
          service.place,
        )
      : merged;
  family.entries.set(name, { ...entry, value });
  return value;
}

interface Target {
  readonly service: string;
  readonly family: Family;
  readonly file: string;
}

/** What a service extends; undefined, and reported, where there is no such service. */
function targetOf(reference: Node, name: string, family: Family, project: Project): Target | undefined {
  const path = ["services", name, "extends"];
  const { load } = project;
  const service = reference.kind === "map" ? childOf(reference, "service") : reference;
  if (service === undefined) {
    load.diagnostics.missing(reference.place, path, "service");
    return undefined;
  }
  if (service.kind !== "scalar" || typeof service.value !== "string") {
    const here = at(load).below("services").below(name).below("extends");
    if (service === reference) misfit(reference, extension, here);
    else misfit(service, extendedService, here.below("service"));
    return undefined;
  }
  const file = childOf(reference, "file");
  const named = file?.kind === "scalar" && typeof file.value === "string" ? file.value : undefined;
  if ([service.value, named].some(isUnknown)) {
    load.diagnostics.error(reference.place, path, {
      code: "known-later",
      message: `what services.${name} extends must be known in preview`,
      hint: "write it out, or give its variable a value that is no output",
    });
    return undefined;
  }
  if (named !== undefined && isRemote(named)) {
    reportRemote(named, reference.place, path, load);
    return undefined;
  }
  const others = named === undefined ? family : familyOf(named, file ?? reference, name, project);
  if (others === undefined) return undefined;
  if (!others.entries.has(service.value)) {
    const guess = load.diagnostics.takesGuesses ? nearest(service.value, others.entries.keys()) : undefined;
    load.diagnostics.error(service.place, path, {
      code: "undefined-reference",
      message: `services.${name} extends "${shownScalar(service)}", which is not a service${file?.kind === "scalar" ? ` of ${shownScalar(file)}` : ""}`,
      fromFile: others.file,
      hint: guess === undefined ? undefined : `did you mean "${guess}"?`,
    });
    return undefined;
  }
  return { service: service.value, family: others, file: named ?? family.file };
}

/** The services of another file, with their paths as seen from this project. */
function familyOf(named: string, reference: Node, name: string, project: Project): Family | undefined {
  const { load, folder } = project;
  const path = joinPath(folder, named);
  const key = JSON.stringify([path, folder, project.variables.key]);
  const known = load.extended.get(key);
  if (known !== undefined) return known;
  const place = { place: reference.place, path: ["services", name, "extends"] };
  const [source] = readFiles([path], project, place);
  if (source === undefined) return undefined;
  const { tree, clearing } = servicesToExtend(source, project);
  const base = relativePath(folder, folderOf(path));
  const folders = { base, home: load.ports.env["HOME"] };
  const located = tree && resolvePaths(tree, stackFile, folders, at(load));
  const services = childOf(located, "services");
  if (services?.kind !== "map") {
    load.diagnostics.error(reference.place, ["services", name, "extends"], {
      code: "undefined-reference",
      message: `services.${name} extends a service of ${shownValue(reference.place, named)}, which has no services`,
      fromFile: path,
    });
    return undefined;
  }
  const family: Family = {
    entries: new Map(services.entries),
    clearing: clearingBelow(clearing, "services"),
    file: path,
    baseless: new Set(),
  };
  load.extended.set(key, family);
  return family;
}
