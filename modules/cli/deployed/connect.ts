import { createAgentClient } from "../../agent-client/client.ts";
import type { AgentClient } from "../../agent-client/types.ts";
import { createAgentRoutes } from "../../agent-routes/routes.ts";
import { createQemuDriver } from "../../hypervisors/qemu/index.ts";
import type { HostConnection } from "../../protocol/host.ts";
import { createSshPool } from "../../ssh/pool.ts";
import { systemRunner } from "../../system/exec.ts";
import type { CommandContext } from "../context.ts";

/** Longest time to reach a host that is there, milliseconds; a handshake costs seconds under emulation. */
const connectMs = 15_000;

/** The host agents that one command talks to. */
export interface Agents extends AsyncDisposable {
  /** The agent behind a connection. Nothing is dialled before the first call. */
  on(connection: HostConnection): AgentClient;
}

export function openAgents({ clock, home, io }: CommandContext): Agents {
  const pool = createSshPool({ clock, agentSocket: io.env["SSH_AUTH_SOCK"] });
  const driver = createQemuDriver({ home, runner: systemRunner, clock });
  const routes = createAgentRoutes({ pool, driver, clock, connectMs });
  return {
    on: (connection) => createAgentClient({ ...routes.to(connection), clock }),
    async [Symbol.asyncDispose]() {
      await routes[Symbol.asyncDispose]();
      await pool[Symbol.asyncDispose]();
    },
  };
}
