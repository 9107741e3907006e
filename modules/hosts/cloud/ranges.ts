import { isIP } from "node:net";
import { refuse, told } from "../validate.ts";

/** Every address there is, of both kinds. */
export const world: readonly string[] = ["0.0.0.0/0", "::/0"];

/**
 * Checks address ranges as clouds take them: written as they write them back, each of them once.
 *
 * @throws where one is none, has bits beyond its prefix, as `203.0.113.7/24` has, or comes twice
 */
export function checkRanges(where: string, argument: string, ranges: readonly string[]): void {
  const seen = new Set<string>();
  for (const range of ranges) {
    const network = networkOf(range);
    if (network === undefined) refuse(where, argument, `holds address ranges as 203.0.113.0/24, not ${told(range)}`);
    if (network !== range) refuse(where, argument, `holds ${range}, which is written ${network}`);
    if (seen.has(range)) refuse(where, argument, `holds ${range} twice`);
    seen.add(range);
  }
}

export function isIpv6(range: string): boolean {
  return range.includes(":");
}

/**
 * Whether a range holds strangers: whole parts of the internet, and not one network, however large. So do both halves of the world, each alone.
 * No one has more of IPv4 than a /8 in one piece. Of IPv6 registries get a /12 for a part of the world, and one network has a /19 at most;
 * fc00::/7 is nobody's.
 * Sources: the registries of address space of IANA; RFC 4193.
 */
export function isWorld(range: string): boolean {
  const [address = "", digits] = range.split("/");
  const prefix = Number(digits);
  if (!isIpv6(range)) return prefix < 8;
  return prefix < 16 && !(prefix >= 7 && /^f[cd]/.test(address));
}

/** A range as RFC 4632 and RFC 5952 write it: without the bits that its prefix leaves out. */
function networkOf(range: string): string | undefined {
  const [, address = "", digits = ""] = /^([^/]+)\/(\d{1,3})$/.exec(range) ?? [];
  const prefix = Number(digits);
  switch (isIP(address)) {
    case 4:
      return prefix > 32 ? undefined : `${masked(address.split(".").map(Number), 8, prefix).join(".")}/${prefix}`;
    case 6: {
      if (prefix > 128 || address.includes("%")) return undefined;
      const groups = masked(groupsOf(canonical(address)), 16, prefix).map((group) => group.toString(16));
      return `${canonical(groups.join(":"))}/${prefix}`;
    }
    default:
      return undefined;
  }
}

/** What the prefix leaves of an address, part by part. */
function masked(parts: readonly number[], bits: number, prefix: number): readonly number[] {
  return parts.map((part, index) => {
    const dropped = bits - Math.min(bits, Math.max(0, prefix - index * bits));
    return (part >> dropped) << dropped;
  });
}

/** As RFC 5952 writes it, which is how URLs hold it. */
function canonical(address: string): string {
  return new URL(`http://[${address}]`).hostname.slice(1, -1);
}

function groupsOf(address: string): readonly number[] {
  const [head = "", tail] = address.split("::");
  const numbers = (text = ""): readonly number[] =>
    text === "" ? [] : text.split(":").map((group) => Number.parseInt(group, 16));
  const [first, last] = [numbers(head), numbers(tail)];
  return [...first, ...Array.from({ length: 8 - first.length - last.length }, () => 0), ...last];
}
