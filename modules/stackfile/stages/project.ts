import type { Lookup } from "../interpolate/template.ts";
import { stackFile } from "../keys/top.ts";
import { changeItems, changeValues, type Node, type ScalarNode } from "../tree/node.ts";
import type { Source } from "../tree/source.ts";
import { checkValues } from "./check-values.ts";
import { at, type Project } from "./context.ts";
import { setDefaults } from "./defaults.ts";
import { addFile } from "./layer.ts";
import { resolvePaths } from "./resolve-paths.ts";

/** The tree of all files of a project, in long forms, with defaults and paths; undefined where they give nothing. */
export function assemble(sources: readonly Source[], project: Project, including: readonly string[]): Node | undefined {
  const { load, base, variables } = project;
  const merged = sources.reduce<Node | undefined>(
    (below, source) => addFile(below, source, project, including),
    undefined,
  );
  if (merged === undefined) return undefined;
  const complete = setDefaults(merged, stackFile);
  if (!load.skipsValidation) checkValues(complete, at(load));
  const folders = { base, home: load.ports.env["HOME"] };
  const located = resolvePaths(complete, stackFile, folders, at(load));
  return withNamedVariables(withListedVariables(located, variables.lookup), variables.lookup);
}

/** Variables that a list names without a value have that of the project that has the list. */
function withListedVariables(tree: Node, lookup: Lookup): Node {
  return changeAt(tree, "services", (services) => {
    if (services.kind !== "map") return services;
    return changeValues(services, (service) =>
      changeAt(service, "environment", (environment) => {
        if (environment.kind !== "list") return environment;
        return changeItems(environment, (item) => (item.kind === "scalar" ? withValue(item, lookup) : item));
      }),
    );
  });
}

/** Configs and secrets that name a variable hold its value: what their own project has, unless an including one has another. */
function withNamedVariables(tree: Node, lookup: Lookup): Node {
  return ["configs", "secrets"].reduce(
    (changed, section) =>
      changeAt(changed, section, (entries) => {
        if (entries.kind !== "map") return entries;
        return changeValues(entries, (entry) => changeAt(entry, "environment", (name) => withHeld(name, lookup)));
      }),
    tree,
  );
}

function withHeld(name: Node, lookup: Lookup): Node {
  if (name.kind !== "scalar" || typeof name.value !== "string") return name;
  const held = lookup(name.value);
  return held === undefined ? name : { ...name, held };
}

function changeAt(node: Node, key: string, change: (value: Node) => Node): Node {
  return node.kind === "map" ? changeValues(node, (value, name) => (name === key ? change(value) : value)) : node;
}

function withValue(item: ScalarNode, lookup: Lookup): ScalarNode {
  const isName = typeof item.value === "string" && !item.value.includes("=");
  const found = isName ? lookup(item.value) : undefined;
  return found === undefined ? item : { ...item, value: `${String(item.value)}=${found}` };
}
