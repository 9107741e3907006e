import { createAgentClient } from "../agent-client/client.ts";
import type { OpenStream } from "../agent-client/types.ts";
import type { AgentRoutes } from "../agent-routes/routes.ts";
import type { Clock } from "../base/clock.ts";
import { showElapsed } from "../base/elapsed.ts";
import type { OpenAgent } from "./ports.ts";

/** Agents by their routes. The way to one is shown while it is looked for: of a host that is silent, nothing else is heard. */
export function agentOpener(routes: Pick<AgentRoutes, "to">, clock: Clock): OpenAgent {
  return (connection, { progress }, use) => {
    const { open, bulk, wayBack } = routes.to(connection);
    const shown =
      (way: OpenStream): OpenStream =>
      (signal) =>
        showElapsed(
          () => "reaching the host agent",
          { clock, progress },
          () => way(signal),
        );
    return use(createAgentClient({ open: shown(open), bulk: shown(bulk), wayBack, clock }));
  };
}
