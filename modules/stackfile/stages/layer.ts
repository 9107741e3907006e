import { stackFile } from "../keys/top.ts";
import { changeValues, childOf, isNull, type Node, type YamlDocument } from "../tree/node.ts";
import { shapeBelow } from "../shapes/shape.ts";
import type { Source } from "../tree/source.ts";
import { canonicalise } from "./canonicalise.ts";
import { clear } from "./clear.ts";
import { at, type Load, type Project } from "./context.ts";
import { extendServices } from "./extends.ts";
import { includeProjects } from "./include.ts";
import { merge } from "./merge.ts";
import { costOf, mayMerge } from "./merging.ts";
import { mayHaveServices } from "./service-count.ts";
import { parse } from "./parse.ts";
import { settle } from "./settle.ts";
import { keepLatest } from "./unique.ts";
import { misfit, validate } from "./validate.ts";
import { withVariables } from "./with-variables.ts";

/** Lays the documents of a file over what earlier files gave. `including` are the files on the way here. */
export function addFile(
  below: Node | undefined,
  source: Source,
  project: Project,
  including: readonly string[],
): Node | undefined {
  return parse(source, project.load).reduce<Node | undefined>(
    (sofar, document) => addDocument(sofar, document, project, [...including, source.file]),
    below,
  );
}

function addDocument(
  below: Node | undefined,
  document: YamlDocument,
  project: Project,
  including: readonly string[],
): Node | undefined {
  const { load } = project;
  if (document.tree.kind === "map" && !mayHaveServices(document.tree, load)) return below;
  const known = withVariables(document.tree, project);
  if (known?.kind !== "map") {
    if (known !== undefined) validate(known, stackFile, at(load));
    return below;
  }
  const { clearing } = document;
  const included = includeProjects(known, clearing, project, including);
  const extended = extendServices(included, clearing, project);
  if (below?.kind === "map") {
    const cost = costOf(below, extended, load.merging);
    if (!mayMerge(cost, { place: extended.place, path: [] }, load)) return below;
  }
  const merged = below === undefined ? extended : merge(clear(below, clearing), extended, stackFile, at(load));
  if (merged.kind !== "map") return merged;
  return mayHaveServices(merged, load) ? settle(merged, load.passes, (parts) => inLongForms(parts, project)) : below;
}

/** Valid unless nobody looks, each item of a list once, and without short forms. */
function inLongForms(tree: Node, { load }: Project): Node | undefined {
  const latest = keepLatest(tree, stackFile, at(load));
  const valid = load.skipsValidation ? withMaps(latest, load) : validate(latest, stackFile, at(load));
  const canonical = valid && canonicalise(valid, stackFile, at(load));
  return canonical && keepLatest(canonical, stackFile, at(load));
}

/** Also where nobody looks at what it has, a service is a map. */
function withMaps(tree: Node, load: Load): Node {
  const shape = shapeBelow(stackFile, "services");
  const services = childOf(tree, "services");
  if (tree.kind !== "map" || services?.kind !== "map") return tree;
  return changeValues(tree, (section, key) =>
    section !== services
      ? section
      : changeValues(services, (service, name) =>
          service.kind === "map" || isNull(service)
            ? service
            : misfit(service, shapeBelow(shape, name) ?? stackFile, at(load).below(key).below(name)),
        ),
  );
}
