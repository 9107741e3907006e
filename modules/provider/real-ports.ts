import { join } from "node:path";
import { createAgentClient } from "../agent-client/client.ts";
import type { OpenStream } from "../agent-client/types.ts";
import { readBundle } from "../agent-install/bundle.ts";
import { findAgent, installAgent } from "../agent-install/install.ts";
import { findNodeBinary } from "../agent-install/node-binary.ts";
import { agentStreams } from "../agent-install/streams.ts";
import { uninstallAgent } from "../agent-install/uninstall.ts";
import { bakingHome, ensureBakedImage } from "../baked-images/index.ts";
import { createQemuDriver } from "../hypervisors/qemu/index.ts";
import { baseImageOf, currentBaseImageKey } from "../images/index.ts";
import type { HostConnection } from "../protocol/host.ts";
import { createSshPool } from "../ssh/pool.ts";
import type { SshSession } from "../ssh/types.ts";
import { waitForSsh } from "../ssh/wait.ts";
import { systemClock as clock } from "../system/clock.ts";
import { systemRunner as runner } from "../system/exec.ts";
import { homeFrom } from "../system/home.ts";
import type { AgentInstaller, HostCall, OpenAgent } from "./ports.ts";
import type { ProviderPorts } from "./stackhouse.ts";
import { fileVmIdentities } from "./vm-identities.ts";

/** How long a host that should be there has to answer, milliseconds; a handshake costs seconds under emulation. */
const connectMs = 30_000;
const removeMs = 60_000;

/** The real world of this workstation. Connections stay open until disposed: the resources of one host share them. */
export function realPorts(
  env: Readonly<Record<string, string | undefined>>,
): ProviderPorts & { readonly connections: AsyncDisposable } {
  const home = homeFrom(env);
  const pool = createSshPool({ clock, agentSocket: env["SSH_AUTH_SOCK"] });
  const connect = (connection: HostConnection, signal: AbortSignal): Promise<SshSession> =>
    pool.connect(connection, { signal, deadlineMs: connectMs });

  const openAgent: OpenAgent = async (connection, { signal }, use) => {
    let session = await connect(connection, signal);
    const open: OpenStream = async (streamSignal) => {
      if (session.lost) {
        session[Symbol.dispose]();
        session = await connect(connection, streamSignal);
      }
      return agentStreams(session)(streamSignal);
    };
    try {
      return await use(createAgentClient({ open, clock }));
    } finally {
      session[Symbol.dispose]();
    }
  };

  const driver = createQemuDriver({ home, runner, clock });
  const baking = createQemuDriver({ home: bakingHome(home), runner, clock });
  const images = { home, runner, clock, env };
  return {
    clock,
    driver,
    images: {
      current: () => currentBaseImageKey(),
      ensure: async (key, call) => {
        await baseImageOf(key, images, call);
      },
      bake: async (key, request, call) => {
        const base = await baseImageOf(key, images, call);
        return ensureBakedImage(base, request, { home, driver: baking, pool, clock, bundle: await readBundle() }, call);
      },
    },
    identities: fileVmIdentities(join(home.state.root, "vm-identities")),
    waitForSsh: async (connection, call) => {
      (await waitForSsh(pool, connection, { ...call, clock }))[Symbol.dispose]();
    },
    installer: installer(connect),
    openAgent,
    connections: pool,
  };
}

function installer(connect: (connection: HostConnection, signal: AbortSignal) => Promise<SshSession>): AgentInstaller {
  return {
    async bundle() {
      const { version, digest } = await readBundle();
      return { version, bundleDigest: digest };
    },
    async install(connection, call) {
      using session = await connect(connection, call.signal);
      call.onConnected();
      return await installAgent({ ...call, session, bundle: await readBundle(), node: findNodeBinary, clock });
    },
    async find(connection, call: HostCall) {
      using session = await connect(connection, call.signal);
      return await findAgent(createAgentClient({ open: agentStreams(session), clock }), call.signal);
    },
    async remove(connection, call: HostCall) {
      using session = await connect(connection, call.signal);
      await uninstallAgent({ session, clock, signal: call.signal, deadlineMs: removeMs });
    },
  };
}
