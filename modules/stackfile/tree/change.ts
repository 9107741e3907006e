import type { Entry, ListNode, MapNode, Node } from "./node.ts";

/**
 * The map with its values changed; undefined takes an entry away. Where nothing changes it is the same map: most stages leave most of a
 * tree as it is.
 */
export function changeValues(node: MapNode, change: (value: Node, key: string) => Node | undefined): MapNode {
  let entries: Map<string, Entry> | undefined;
  for (const [key, entry] of node.entries) {
    const value = change(entry.value, key);
    if (value === entry.value) continue;
    entries ??= new Map(node.entries);
    if (value === undefined) entries.delete(key);
    else entries.set(key, { keyPlace: entry.keyPlace, value });
  }
  return entries === undefined ? node : { ...node, entries };
}

/** The list with each item changed into none, one or several; the same list where nothing changes. */
export function changeItems(
  node: ListNode,
  change: (item: Node, index: number) => Node | readonly Node[] | undefined,
): ListNode {
  let items: Node[] | undefined;
  node.items.forEach((item, index) => {
    const changed = change(item, index);
    if (changed === item) {
      items?.push(item);
      return;
    }
    items ??= node.items.slice(0, index);
    if (changed === undefined) return;
    if ("kind" in changed) items.push(changed);
    else for (const one of changed) items.push(one);
  });
  return items === undefined ? node : { ...node, items };
}
