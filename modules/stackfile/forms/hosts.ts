import type { At } from "../keys/at.ts";
import { type Node, shownScalar } from "../tree/node.ts";
import { shownValue } from "../tree/within.ts";
import { printScalar } from "../tree/scalars.ts";

/** `HOST: IP`, `HOST: [IP, IP]`, `- HOST=IP` and `- HOST:IP` become `HOST=IP`, sorted. */
export function decodeHosts(node: Node, at: At): readonly string[] {
  const pairs = node.kind === "map" ? pairsOfMap(node) : pairsOfList(node, at);
  const items: string[] = [];
  for (const [host, addresses, place] of pairs) {
    if (host === "" || /[:=]/.test(host)) {
      at.diagnostics.error(place.place, at.path, {
        code: "invalid-value",
        message: `"${shownValue(place.place, host)}" is not the name of a host`,
        hint: 'write "name=192.0.2.1"',
      });
      continue;
    }
    for (const address of addresses) items.push(`${host}=${address.replace(/^\[(.+)\]$/s, "$1")}`);
  }
  return items.toSorted();
}

type Pair = readonly [host: string, addresses: readonly string[], node: Node];

function pairsOfMap(node: Node): readonly Pair[] {
  if (node.kind !== "map") return [];
  return [...node.entries].map(([host, { value }]): Pair => {
    const values = value.kind === "list" ? value.items : [value];
    return [host, values.map((item) => (item.kind === "scalar" ? printScalar(item) : "")), value];
  });
}

function pairsOfList(node: Node, at: At): readonly Pair[] {
  if (node.kind !== "list") return [];
  return node.items.flatMap((item): readonly Pair[] => {
    const text = item.kind === "scalar" ? printScalar(item) : "";
    const cut = text.includes("=") ? text.indexOf("=") : text.indexOf(":");
    if (cut !== -1) return [[text.slice(0, cut), text.slice(cut + 1).split(","), item]];
    at.diagnostics.error(item.place, at.path, {
      code: "invalid-value",
      message: `"${item.kind === "scalar" ? shownScalar(item) : text}" is not a host with its address`,
      hint: 'write "name=192.0.2.1"',
    });
    return [];
  });
}
