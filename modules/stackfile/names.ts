import { Diagnostics } from "./tree/diagnostics.ts";
import { childOf, type Node } from "./tree/node.ts";
import { Source } from "./tree/source.ts";
import { parseYaml } from "./tree/yaml.ts";

/**
 * The names of the services of a stack file, given as text or as an object: known at once, without variables or other files.
 * Text that cannot be read has none; `loadStackFile` says why.
 */
export function serviceNamesOf(stackFile: string | Readonly<Record<string, unknown>>): readonly string[] {
  if (typeof stackFile !== "string") return keysOf(stackFile["services"]);
  const documents = parseYaml(new Source("", stackFile), new Diagnostics());
  return [...new Set(documents.flatMap(({ tree }) => entriesOf(childOf(tree, "services"))))];
}

function keysOf(value: unknown): readonly string[] {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? Object.keys(value) : [];
}

function entriesOf(node: Node | undefined): readonly string[] {
  return node?.kind === "map" ? [...node.entries.keys()] : [];
}
