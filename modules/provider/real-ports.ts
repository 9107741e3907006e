import { createAgentClient } from "../agent-client/client.ts";
import type { AgentClient } from "../agent-client/types.ts";
import { readBundle } from "../agent-install/bundle.ts";
import { prepareDisks } from "../agent-install/disks.ts";
import { installAgent } from "../agent-install/install.ts";
import { findAgent, installedAgent } from "../agent-install/look.ts";
import { nodeFinder, type FindNode } from "../agent-install/node-binary.ts";
import { uninstallAgent } from "../agent-install/uninstall.ts";
import { askAgent } from "../agent-routes/ask-agent.ts";
import { createAgentRoutes, type AgentRoutes } from "../agent-routes/routes.ts";
import { bakingHome, ensureBakedImage } from "../baked-images/index.ts";
import { showElapsed } from "../base/elapsed.ts";
import { createQemuDriver } from "../hypervisors/qemu/index.ts";
import { baseImageOf, currentBaseImageKey, problemWithBaseImage } from "../images/index.ts";
import type { HostConnection } from "../protocol/host.ts";
import { createSshPool } from "../ssh/pool.ts";
import type { SshPool } from "../ssh/types.ts";
import { waitForSsh } from "../ssh/wait.ts";
import { systemClock as clock } from "../system/clock.ts";
import { systemRunner as runner } from "../system/exec.ts";
import { homeFrom } from "../system/home.ts";
import { connectMs, patienceWith } from "./patience.ts";
import { agentOpener } from "./open-agent.ts";
import type { AgentInstaller, HostCall } from "./ports.ts";
import { Reach } from "./resources/reach.ts";
import type { ProviderPorts } from "./stackhouse.ts";
import { fillLater } from "./fill-later.ts";
import { fileVmIdentities } from "./vm-identities.ts";

const removeMs = 60_000;

/** The real world of this workstation. Connections stay open until disposed: the resources of one host share them. */
export function realPorts(
  env: Readonly<Record<string, string | undefined>>,
): ProviderPorts & { readonly connections: AsyncDisposable } {
  const home = homeFrom(env);
  const pool = createSshPool({ clock, agentSocket: env["SSH_AUTH_SOCK"] });
  const driver = createQemuDriver({ home, runner, clock, askAgent: (agent, call) => askAgent(clock, agent, call) });
  const baking = createQemuDriver({ home: bakingHome(home), runner, clock });
  const images = { home, runner, clock, env };
  const routes = createAgentRoutes({ pool, driver, clock, connectMs });
  return {
    clock,
    driver,
    images: {
      current: () => currentBaseImageKey(),
      problemWith: (key) => problemWithBaseImage(key, home),
      ensure: async (key, call) => {
        await baseImageOf(key, images, call);
      },
      bake: async (key, request, call) => {
        const base = await baseImageOf(key, images, call);
        return ensureBakedImage(base, request, { home, driver: baking, pool, clock, bundle: await readBundle() }, call);
      },
    },
    identities: fileVmIdentities(home),
    fillPoolLater: fillLater({ driver, home, env }),
    waitForSsh: async (connection, call) => {
      (await waitForSsh(pool, connection, { ...call, clock }))[Symbol.dispose]();
    },
    installer: installer(pool, routes, nodeFinder({ home, runner, clock })),
    openAgent: agentOpener(routes, clock),
    deleteUnreachable: env["STACKHOUSE_DELETE_UNREACHABLE"] === "true",
    reach: new Reach(),
    connections: {
      async [Symbol.asyncDispose]() {
        await routes[Symbol.asyncDispose]();
        await pool[Symbol.asyncDispose]();
      },
    },
  };
}

function installer(pool: SshPool, routes: AgentRoutes, node: FindNode): AgentInstaller {
  const clientOf = (connection: HostConnection): AgentClient => createAgentClient({ ...routes.to(connection), clock });
  return {
    async bundle() {
      const { version, digest } = await readBundle();
      return { version, bundleDigest: digest };
    },
    async install(connection, call) {
      const bundle = await readBundle();
      const there = await showElapsed(
        () => "waiting for the host agent",
        { ...call, clock },
        async () => {
          const port = await routes.throughPort(connection, call.signal);
          return port && (await installedAgent(createAgentClient({ open: port, clock }), bundle, call.signal));
        },
      );
      if (there !== undefined) return there;
      const patience = { ...patienceWith(connection), ...(call.wasThere ? { hintAfterMs: connectMs } : {}) };
      using session = await waitForSsh(pool, connection, { ...call, ...patience, clock });
      call.onConnected();
      await prepareDisks({ ...call, session, clock });
      return await installAgent({ ...call, session, bundle, node, clock });
    },
    find: (connection, call: HostCall) =>
      showElapsed(
        () => "asking the host agent",
        { ...call, clock },
        () => findAgent(clientOf(connection), call.signal),
      ),
    remove: (connection, call: HostCall) =>
      showElapsed(
        () => "removing the agent",
        { ...call, clock },
        async () => {
          using session = await pool.connect(connection, { signal: call.signal, deadlineMs: connectMs });
          return await uninstallAgent({ session, clock, signal: call.signal, deadlineMs: removeMs });
        },
      ),
  };
}
