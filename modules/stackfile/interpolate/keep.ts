import type { Node } from "../tree/node.ts";

/** Marks every string with a dollar sign as open: what it stands for is not known, so it fits everywhere and is read no further. */
export function keepTemplates(node: Node): Node {
  switch (node.kind) {
    case "scalar":
      return typeof node.value === "string" && node.value.includes("$") ? { ...node, open: true } : node;
    case "list":
      return { ...node, items: node.items.map(keepTemplates) };
    case "map": {
      const entries = [...node.entries].map(
        ([key, entry]) => [key, { ...entry, value: keepTemplates(entry.value) }] as const,
      );
      return { ...node, entries: new Map(entries) };
    }
  }
}
