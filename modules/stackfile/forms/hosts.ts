import { printPath } from "../tree/diagnostics.ts";
import type { At } from "../shapes/at.ts";
import { type Node, shownScalar } from "../tree/node.ts";
import { shownValue } from "../tree/within.ts";
import { printScalar } from "../tree/scalars.ts";

/** `HOST: IP`, `HOST: [IP, IP]`, `- HOST=IP` and `- HOST:IP` become `HOST=IP`, sorted. */
export function decodeHosts(node: Node, at: At): readonly string[] {
  const items: string[] = [];
  for (const { host, addresses, from } of pairsOf(node)) {
    if (host === undefined) {
      at.diagnostics.error(from.place, at.path, {
        code: "invalid-value",
        message: `${printPath(at.path)} must have hosts with their addresses, not "${from.kind === "scalar" ? shownScalar(from) : ""}"`,
        hint: 'write "name=192.0.2.1"',
      });
      continue;
    }
    if (host === "" || /[:=]/.test(host)) {
      at.diagnostics.error(from.place, at.path, {
        code: "invalid-value",
        message: `${printPath(at.path)} must have names of hosts, not "${shownValue(from.place, host)}"`,
        hint: 'write "name=192.0.2.1"',
      });
      continue;
    }
    for (const address of addresses) items.push(`${host}=${address}`);
  }
  return items.toSorted();
}

interface Pair {
  /** Undefined where there is an address without a host, or the other way round. */
  readonly host: string | undefined;
  readonly addresses: readonly string[];
  readonly from: Node;
}

export function pairsOf(node: Node): readonly Pair[] {
  const pairs = node.kind === "map" ? pairsOfMap(node) : pairsOfList(node);
  return pairs.map((pair) => ({ ...pair, addresses: pair.addresses.map(withoutBrackets) }));
}

/** An IPv6 address may stand in them. */
function withoutBrackets(address: string): string {
  return address.replace(/^\[(.+)\]$/s, "$1");
}

function pairsOfMap(node: Node): readonly Pair[] {
  if (node.kind !== "map") return [];
  return [...node.entries].map(([host, { value }]): Pair => {
    const values = value.kind === "list" ? value.items : [value];
    return { host, addresses: values.map((item) => (item.kind === "scalar" ? printScalar(item) : "")), from: value };
  });
}

function pairsOfList(node: Node): readonly Pair[] {
  if (node.kind !== "list") return [];
  return node.items.map((from): Pair => {
    const text = from.kind === "scalar" ? printScalar(from) : "";
    const cut = text.includes("=") ? text.indexOf("=") : text.indexOf(":");
    if (cut === -1) return { host: undefined, addresses: [], from };
    return { host: text.slice(0, cut), addresses: text.slice(cut + 1).split(","), from };
  });
}
