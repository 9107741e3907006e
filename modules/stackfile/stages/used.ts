import { changeValues, type Node } from "../tree/node.ts";
import type { Draft } from "./draft.ts";

const sections = ["services", "networks", "volumes", "configs", "secrets", "models"] as const;

/**
 * What an app has of its stack files. A service of a profile that is not active does not run, and what it alone uses is not there
 * either: whether Stackhouse could run them is asked when they are.
 */
export function usedParts(tree: Node, draft: Draft): Node {
  if (tree.kind !== "map") return tree;
  return changeValues(tree, (entries, key) => {
    const section = sections.find((name) => name === key);
    if (section === undefined || entries.kind !== "map" || entries.entries.size === 0) return entries;
    const used: object = draft[section] ?? {};
    const kept = changeValues(entries, (entry, name) => (Object.hasOwn(used, name) ? entry : undefined));
    return kept.entries.size === 0 ? undefined : kept;
  });
}
