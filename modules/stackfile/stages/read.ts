import { escapeRare } from "../rare-characters.ts";
import { Diagnostics } from "../tree/diagnostics.ts";
import { locate, type Path, type Place } from "../tree/node.ts";
import { parseYaml } from "../tree/yaml.ts";
import { shownValue } from "../tree/within.ts";
import { Source } from "../tree/source.ts";
import type { LoadInput } from "../types.ts";
import type { Load, Project } from "./context.ts";
import { readText, unreadFinding, unreadPlace } from "../tree/read-text.ts";

/** How findings in an inline stack file name their file. Its text is the object as indented JSON. */
export const inlineFile = "(inline)";

/** The texts to load, in merge order. An inline object is printed as JSON, which is YAML, so that it takes the same way. */
export function readSources(input: LoadInput, load: Reading): readonly Source[] {
  const sources = input.files.flatMap((file) => sourceOf(file, load));
  if (input.inline === undefined) return sources;
  return [...sources, inlineSource(input.inline, input.inlineSecrets ?? [])];
}

function inlineSource(inline: object, secrets: readonly Path[]): Source {
  const text = escapeRare(JSON.stringify(inline, null, 2));
  const source = new Source(inlineFile, text);
  if (secrets.length === 0) return source;
  // What is wrong with the text is told when it is read to be loaded.
  const tree = parseYaml(source, new Diagnostics())[0]?.tree;
  const hidden = secrets.map((path) =>
    tree === undefined ? { start: 0, end: text.length } : locate(tree, path, "value"),
  );
  return new Source(inlineFile, text, { hidden });
}

/** The texts of files that another one names; what cannot be read is reported there. */
export function readFiles(files: readonly string[], { load }: Project, named: Named): readonly Source[] {
  return files.flatMap((file) => sourceOf(file, load, named));
}

/** Where a file is named. */
interface Named {
  readonly place: Place;
  readonly path: Path;
}

type Reading = Pick<Load, "ports" | "diagnostics" | "sources">;

/** A file is read once, whoever names it. */
function sourceOf(file: string, { ports, diagnostics, sources }: Reading, named?: Named): Source | readonly [] {
  const known = sources.get(file);
  if (known !== undefined) return known;
  const shown = named === undefined ? file : shownValue(named.place, file);
  const read = readText(ports, file, shown);
  if (read.kind === "text") {
    const source = new Source(file, read.text);
    sources.set(file, source);
    return source;
  }
  const message = named === undefined ? "the stack file does not exist" : `the file ${shown} does not exist`;
  diagnostics.error(named?.place ?? unreadPlace(file, read), named?.path ?? [], unreadFinding(read, { message }));
  return [];
}
