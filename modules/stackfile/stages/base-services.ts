import { stackFile } from "../keys/top.ts";
import { type Clearing, clearsNothing } from "../tree/clearing.ts";
import type { Node } from "../tree/node.ts";
import type { Source } from "../tree/source.ts";
import { canonicalise } from "./canonicalise.ts";
import { clear } from "./clear.ts";
import { at, type Project } from "./context.ts";
import { merge } from "./merge.ts";
import { mayMerge, sizeOf } from "./merging.ts";
import { parse } from "./parse.ts";
import { keepLatest } from "./unique.ts";
import { withVariables } from "./with-variables.ts";

/** The services of a file that others extend: of that file alone, in long forms, not checked yet. */
export function servicesToExtend(
  source: Source,
  project: Project,
): { readonly tree: Node | undefined; readonly clearing: Clearing } {
  const documents = parse(source, project.load);
  const tree = documents.reduce<Node | undefined>((below, document) => {
    const known = withVariables(document.tree, project);
    if (known === undefined) return below;
    const here = at(project.load);
    if (
      below !== undefined &&
      !mayMerge(sizeOf(below, project.load.merging), { place: known.place, path: [] }, project.load)
    )
      return below;
    const merged = below === undefined ? known : merge(clear(below, document.clearing), known, stackFile, here);
    const canonical = canonicalise(keepLatest(merged, stackFile, here), stackFile, here);
    return canonical && keepLatest(canonical, stackFile, here);
  }, undefined);
  return { tree, clearing: documents.at(-1)?.clearing ?? clearsNothing };
}
