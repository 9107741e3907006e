import { BlockList, isIP } from "node:net";

/** RFC 1918, 6598, 3927, 4193, 4291: another machine's in every network that has them. */
const ranges = new BlockList();
for (const [network, prefix] of [
  ["10.0.0.0", 8],
  ["100.64.0.0", 10],
  ["127.0.0.0", 8],
  ["169.254.0.0", 16],
  ["172.16.0.0", 12],
  ["192.168.0.0", 16],
] as const) {
  ranges.addSubnet(network, prefix, "ipv4");
}
for (const [network, prefix] of [
  ["::1", 128],
  ["fc00::", 7],
  ["fe80::", 10],
] as const) {
  ranges.addSubnet(network, prefix, "ipv6");
}

/** Whether an address means another machine in another network. Names are taken for what the whole world knows them as. */
export function isPrivateAddress(address: string): boolean {
  switch (isIP(address)) {
    case 4:
      return ranges.check(address, "ipv4");
    case 6:
      return ranges.check(address, "ipv6");
    default:
      return address === "localhost" || address.endsWith(".local");
  }
}
