import type { HostConnection } from "../protocol/host.ts";

/** `root@192.0.2.1:22`, as errors name a host. */
export function nameOf({ user, address, port }: Pick<HostConnection, "user" | "address" | "port">): string {
  return `${user}@${address.includes(":") ? `[${address}]` : address}:${port}`;
}
