import type { YamlDocument } from "../tree/node.ts";
import type { Source } from "../tree/source.ts";
import { parseYaml } from "../tree/yaml.ts";
import type { Load } from "./context.ts";

/** The documents of a file, which is read once. */
export function parse(source: Source, { diagnostics, parsed, empty }: Load): readonly YamlDocument[] {
  const known = parsed.get(source);
  if (known !== undefined) return known;
  const errors = diagnostics.errorCount;
  const documents = parseYaml(source, diagnostics);
  parsed.set(source, documents);
  if (documents.length === 0 && diagnostics.errorCount === errors) empty.push(source);
  return documents;
}
