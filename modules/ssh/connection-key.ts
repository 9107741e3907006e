import { createHash } from "node:crypto";
import type { HostConnection } from "../protocol/host.ts";

/**
 * Equal for connections that are one way to one host: same place, same pinned key, same login and rights, and the same machine. One that
 * replaces another has its keys, and may have its address.
 */
export function connectionKey(connection: HostConnection): string {
  const { address, port, user, hostKey, privateKey, jump, sudoPassword, machineId } = connection;
  const parts = [address, port, user, hostKey, privateKey, jump, sudoPassword, machineId];
  return createHash("sha256")
    .update(JSON.stringify(parts.map((part) => part ?? null)))
    .digest("hex");
}
