import { interpolate } from "../interpolate/tree.ts";
import { stackFile } from "../keys/top.ts";
import type { Node } from "../tree/node.ts";
import { at, type Project } from "./context.ts";

/** A document with the variables of its project put in. */
export function withVariables(tree: Node, { load, variables }: Project): Node | undefined {
  return load.skipsInterpolation ? tree : interpolate(tree, stackFile, variables.lookup, at(load));
}
