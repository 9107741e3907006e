import { BlockList, isIP } from "node:net";

/**
 * Whether an address is one of a network of one's own, or of the machine itself: nobody in the internet can reach it.
 * Sources: RFC 1918, 3927, 4193, 4291, 6598.
 */
export function isPrivate(address: string): boolean {
  switch (isIP(address)) {
    case 4:
      return own.check(address);
    case 6:
      return own.check(address, "ipv6");
    default:
      return false;
  }
}

/** Whether an address stands for all addresses of a machine, however it is written. */
export function isUnspecified(address: string): boolean {
  return isIP(address) === 6 ? all.check(address, "ipv6") : address === "0.0.0.0";
}

// They take addresses of IPv4 that are written as ones of IPv6 for what they are.
const own = new BlockList();
own.addSubnet("10.0.0.0", 8);
own.addSubnet("100.64.0.0", 10);
own.addSubnet("127.0.0.0", 8);
own.addSubnet("169.254.0.0", 16);
own.addSubnet("172.16.0.0", 12);
own.addSubnet("192.168.0.0", 16);
own.addAddress("::1", "ipv6");
own.addSubnet("fc00::", 7, "ipv6");
own.addSubnet("fe80::", 10, "ipv6");

const all = new BlockList();
all.addAddress("0.0.0.0");
all.addAddress("::", "ipv6");
