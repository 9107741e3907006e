import { BlockList, isIP } from "node:net";

/** Whether an address leads to its own machine alone, however it is written: `127.0.0.2`, `::1`, `::ffff:127.0.0.1`. */
export function isLoopback(address: string): boolean {
  switch (isIP(address)) {
    case 4:
      return loopback.check(address);
    case 6:
      return loopback.check(address, "ipv6");
    default:
      return false;
  }
}

// It takes addresses of IPv4 that are written as ones of IPv6 for what they are.
const loopback = new BlockList();
loopback.addSubnet("127.0.0.0", 8);
loopback.addAddress("::1", "ipv6");
