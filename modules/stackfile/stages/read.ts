import type { Diagnostics } from "../diagnostics.ts";
import type { Place } from "../tree/node.ts";
import { Source } from "../tree/source.ts";
import type { LoadInput, LoadPorts } from "../types.ts";
import type { Project } from "./context.ts";

/** How findings in an inline stack file name their file. Its text is the object as indented JSON. */
export const inlineFile = "(inline)";

/** The texts to load, in merge order. An inline object is printed as JSON, which is YAML, so that it takes the same way. */
export function readSources(input: LoadInput, ports: LoadPorts, diagnostics: Diagnostics): readonly Source[] {
  const sources = input.files.flatMap((file) => {
    const text = ports.readFile(file);
    if (text !== undefined) return [new Source(file, text)];
    diagnostics.error({ source: new Source(file, ""), start: 0, end: 0 }, [], {
      code: "file-missing",
      message: "the stack file does not exist",
    });
    return [];
  });
  if (input.inline === undefined) return sources;
  return [...sources, new Source(inlineFile, JSON.stringify(input.inline, null, 2))];
}

/** The texts of files; what does not exist is reported at `place`, or at its own start. */
export function readFiles(files: readonly string[], { load }: Project, place?: Place): readonly Source[] {
  return files.flatMap((file) => {
    const text = load.ports.readFile(file);
    if (text !== undefined) return [new Source(file, text)];
    const message = place === undefined ? "the stack file does not exist" : `the file ${file} does not exist`;
    const where = place ?? { source: new Source(file, ""), start: 0, end: 0 };
    load.diagnostics.error(where, [], { code: "file-missing", message });
    return [];
  });
}
