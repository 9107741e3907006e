import { BlockList, isIP, type IPVersion } from "node:net";

/** Whether an address leads to its own machine alone, however it is written: `127.0.0.2`, `::1`, `::ffff:127.0.0.1`. */
export function isLoopback(address: string): boolean {
  return holds(loopback, address);
}

/**
 * Whether an address is one of a network of one's own, or of the machine itself: nobody in the internet can reach it, and in another network it
 * is another machine's. Names are taken for what the whole world knows them as.
 * Sources: RFC 1918, 3927, 4193, 4291, 6598; of names RFC 6761, 6762.
 */
export function isPrivateAddress(address: string): boolean {
  return isIP(address) === 0 ? /(^|\.)localhost$|\.local$/iu.test(address) : holds(ownNetworks, address);
}

/** Whether an address stands for all addresses of a machine, however it is written. */
export function isUnspecified(address: string): boolean {
  return holds(unspecified, address);
}

// A list takes addresses of IPv4 that are written as ones of IPv6 for what they are.
const loopback = listOf(["127.0.0.0", 8], ["::1", 128]);
const ownNetworks = listOf(
  ["10.0.0.0", 8],
  ["100.64.0.0", 10],
  ["127.0.0.0", 8],
  ["169.254.0.0", 16],
  ["172.16.0.0", 12],
  ["192.168.0.0", 16],
  ["::1", 128],
  ["fc00::", 7],
  ["fe80::", 10],
);
const unspecified = listOf(["0.0.0.0", 32], ["::", 128]);

function listOf(...networks: readonly (readonly [string, number])[]): BlockList {
  const list = new BlockList();
  for (const [network, prefix] of networks) list.addSubnet(network, prefix, familyOf(network));
  return list;
}

function holds(list: BlockList, address: string): boolean {
  return isIP(address) !== 0 && list.check(address, familyOf(address));
}

function familyOf(address: string): IPVersion {
  return isIP(address) === 6 ? "ipv6" : "ipv4";
}
