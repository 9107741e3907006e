import type { Diagnostics } from "../diagnostics.ts";
import type { Node } from "../tree/node.ts";
import type { Source } from "../tree/source.ts";
import { parseYaml } from "../tree/yaml.ts";

/** The documents of all files, in merge order. An empty file beside others has no effect; nothing but empty files is an error. */
export function parseAll(sources: readonly Source[], diagnostics: Diagnostics): readonly Node[] {
  const empty: Source[] = [];
  const documents = sources.flatMap((source) => {
    const errors = diagnostics.errorCount;
    const trees = parseYaml(source, diagnostics);
    if (trees.length === 0 && diagnostics.errorCount === errors) empty.push(source);
    return trees;
  });
  for (const source of empty) {
    const place = { source, start: 0, end: 0 };
    const finding = { code: "empty-file", message: "the stack file is empty" } as const;
    if (documents.length === 0) diagnostics.error(place, [], finding);
    else diagnostics.warning(place, [], finding);
  }
  return documents;
}
