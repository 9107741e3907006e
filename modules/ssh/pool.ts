import { createHash } from "node:crypto";
import { StackhouseError } from "../base/errors.ts";
import type { HostConnection } from "../protocol/host.ts";
import { straight } from "./dial.ts";
import { throughJumpHost } from "./jump.ts";
import { createSession } from "./session.ts";
import { SharedLink, type OpenWay } from "./shared-link.ts";
import type { ConnectCall, SshPool, SshPoolOptions, SshSession } from "./types.ts";

/** Connections shared by all that talk to the same host as the same user. Dispose it before the process ends. */
export function createSshPool(options: SshPoolOptions): SshPool {
  const shared = new Map<string, SharedLink>();
  let disposed = false;

  /** The connection to a host, held until it is released. All that go through a jump host share the one to it. */
  const take = (connection: HostConnection): SharedLink => {
    if (disposed) throw new StackhouseError("internal", "the SSH pool is closed");
    const key = keyOf(connection);
    let link = shared.get(key);
    if (link === undefined || link.over) {
      const fresh = new SharedLink(connection, options, wayTo(connection), () => {
        if (shared.get(key) === fresh) shared.delete(key);
      });
      shared.set(key, (link = fresh));
    }
    link.hold();
    return link;
  };
  const wayTo = (connection: HostConnection): OpenWay => {
    const { jump } = connection;
    return jump === undefined
      ? () => Promise.resolve(straight(connection, options.lookup))
      : throughJumpHost({ ...connection, jump }, () => take(jump));
  };

  return {
    async connect(connection: HostConnection, call: ConnectCall): Promise<SshSession> {
      const link = take(connection);
      try {
        return createSession(await link.ready(call), () => link.release());
      } catch (error) {
        link.release();
        throw error;
      }
    },
    async [Symbol.asyncDispose]() {
      disposed = true;
      await Promise.all([...shared.values()].map((entry) => entry.close()));
    },
  };
}

/**
 * Equal for calls that may share a connection: same place, same pinned key, same login and rights, and the same machine. One that
 * replaces another has its keys, and may have its address.
 */
function keyOf(connection: HostConnection): string {
  const { address, port, user, hostKey, privateKey, jump, sudoPassword, machineId } = connection;
  const parts = [address, port, user, hostKey, privateKey, jump, sudoPassword, machineId];
  return createHash("sha256")
    .update(JSON.stringify(parts.map((part) => part ?? null)))
    .digest("hex");
}
