import { interpolate } from "../interpolate/tree.ts";
import type { Lookup } from "../interpolate/template.ts";
import type { At } from "../shapes/at.ts";
import { string } from "../shapes/shape.ts";
import { baseNameOf } from "../paths.ts";
import { childOf, type Node } from "../tree/node.ts";
import { Source } from "../tree/source.ts";
import type { LoadInput } from "../types.ts";
import { isUnknown } from "../unknown.ts";

export interface NameSources {
  readonly input: LoadInput;
  readonly documents: readonly Node[];
  readonly projectDirectory: string;
  readonly lookup: Lookup;
  readonly at: At;
}

const allowed = /^[a-z0-9][a-z0-9_-]*$/;
export const appNameRule = 'lower-case letters, digits, "-" and "_", beginning with a letter or a digit';

export function isAppName(name: string): boolean {
  return allowed.test(name);
}

/**
 * The app's name: given by the caller, else `COMPOSE_PROJECT_NAME`, else the last `name:` of the files, else the name of the
 * project directory. The last two are made to fit; the first two must fit. Undefined where there is none, which is reported.
 */
export function appName(sources: NameSources): string | undefined {
  const { input, lookup, projectDirectory } = sources;
  const { diagnostics } = sources.at;
  const byCaller = input.name === "" ? undefined : input.name;
  const given = byCaller ?? lookup("COMPOSE_PROJECT_NAME");
  const inFile = nameInFiles(sources);
  if (given !== undefined && given !== "") {
    if (isAppName(given)) return given;
    diagnostics.error(nowhere(sources), ["name"], {
      code: "app-name",
      message: isUnknown(given)
        ? "the app's name must be known in preview"
        : byCaller === undefined
          ? `the variable COMPOSE_PROJECT_NAME is "${given}", which cannot be an app's name`
          : `"${given}" cannot be an app's name`,
      hint: `a name has ${appNameRule}`,
    });
    return undefined;
  }
  if (inFile !== undefined && isUnknown(inFile.value)) {
    const message = "the app's name must be known in preview";
    diagnostics.error(inFile.node.place, ["name"], { code: "app-name", message });
    return undefined;
  }
  const name = fitName(inFile?.value ?? baseNameOf(projectDirectory));
  if (name !== "") return name;
  diagnostics.error(inFile?.node.place ?? nowhere(sources), ["name"], {
    code: "app-name",
    message: "the app has no name",
    hint: `write "name: …" at the top of the stack file: ${appNameRule}`,
  });
  return undefined;
}

/** Lower-cased, other characters dropped, no `-` or `_` in front. */
function fitName(text: string): string {
  return text
    .toLowerCase()
    .replace(/[^a-z0-9_-]/g, "")
    .replace(/^[_-]+/, "");
}

function nameInFiles({ documents, lookup, at }: NameSources): { value: string; node: Node } | undefined {
  const nodes = documents.flatMap((document) => childOf(document, "name") ?? []);
  const node = nodes.findLast(
    (candidate) => candidate.kind === "scalar" && typeof candidate.value === "string" && candidate.value !== "",
  );
  if (node?.kind !== "scalar") return undefined;
  if (at.reports.skipsInterpolation === true) return { value: String(node.value), node };
  const interpolated = interpolate(node, string(), lookup, at.below("name"));
  return interpolated?.kind === "scalar" ? { value: String(interpolated.value), node } : undefined;
}

function nowhere({ documents, input }: NameSources): Node["place"] {
  const source = documents[0]?.place.source ?? new Source(input.files[0] ?? "", "");
  return { source, start: 0, end: 0 };
}
