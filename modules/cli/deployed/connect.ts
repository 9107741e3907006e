import { createAgentClient } from "../../agent-client/client.ts";
import type { AgentClient } from "../../agent-client/types.ts";
import { agentStreams } from "../../agent-install/streams.ts";
import type { HostConnection } from "../../protocol/host.ts";
import { createSshPool } from "../../ssh/pool.ts";
import type { SshPool } from "../../ssh/types.ts";
import type { CommandContext } from "../context.ts";

/** Longest time to reach a host that is there, milliseconds; a handshake costs seconds under emulation. */
const connectMs = 15_000;

/** SSH connections for one command. */
export function openPool({ clock, io }: CommandContext): SshPool {
  return createSshPool({ clock, agentSocket: io.env["SSH_AUTH_SOCK"] });
}

/** The host agent behind a connection. Nothing is dialled before the first call. */
export function agentOn({ clock }: CommandContext, pool: SshPool, connection: HostConnection): AgentClient {
  return createAgentClient({
    clock,
    open: async (signal) => {
      const session = await pool.connect(connection, { signal, deadlineMs: connectMs });
      try {
        const stream = await agentStreams(session)(signal);
        stream.once("close", () => session[Symbol.dispose]());
        return stream;
      } catch (error) {
        session[Symbol.dispose]();
        throw error;
      }
    },
  });
}
