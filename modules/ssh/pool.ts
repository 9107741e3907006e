import { StackhouseError } from "../base/errors.ts";
import type { HostConnection } from "../protocol/host.ts";
import { connectionKey } from "./connection-key.ts";
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
    const key = connectionKey(connection);
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
