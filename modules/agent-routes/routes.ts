import type { Duplex } from "node:stream";
import { multiplex, type Multiplexed } from "../agent-client/multiplexed.ts";
import type { OpenStream } from "../agent-client/types.ts";
import { agentStreams } from "../agent-install/streams.ts";
import type { Clock } from "../base/clock.ts";
import { unlessAborted } from "../base/deadline.ts";
import { StackhouseError } from "../base/errors.ts";
import { silentProgress } from "../base/progress.ts";
import type { Driver } from "../hypervisors/driver.ts";
import type { HostConnection } from "../protocol/host.ts";
import type { SshPool } from "../ssh/types.ts";

export interface AgentRoutesOptions {
  readonly pool: SshPool;
  readonly driver: Pick<Driver, "openAgentPort">;
  readonly clock: Clock;
  /** How long a host that should be there has to answer over SSH, milliseconds. */
  readonly connectMs: number;
}

/** How an agent is reached. Nothing is dialled before the first stream. */
export interface AgentRoute {
  /** Through the port of its VM where it has one, else over SSH. */
  readonly open: OpenStream;
  /** Over SSH, which is faster for much at once. */
  readonly bulk: OpenStream;
}

/** Ways to agents, kept open for the next stream until disposed. */
export interface AgentRoutes extends AsyncDisposable {
  to(connection: HostConnection): AgentRoute;
  /** Streams through the port of a local VM; undefined where it has none that answers. */
  throughPort(connection: HostConnection, signal: AbortSignal): Promise<OpenStream | undefined>;
}

/** @param options what connections are made with; the pool stays its owner's */
export function createAgentRoutes({ pool, driver, clock, connectMs }: AgentRoutesOptions): AgentRoutes {
  const ports = new Map<string, Port>();
  const over = new AbortController();

  /** One attempt for all that ask at the same time. */
  const portOf = (vmId: string): Promise<Multiplexed | undefined> => {
    const known = ports.get(vmId);
    if (known !== undefined && known.found?.lost !== true) return known.opening;
    const port: Port = { opening: openPort(vmId) };
    ports.set(vmId, port);
    const forget = (): void => {
      if (ports.get(vmId) === port) ports.delete(vmId);
    };
    port.opening.then((found) => {
      if (found === undefined) forget();
      else port.found = found;
    }, forget);
    return port.opening;
  };
  const openPort = async (vmId: string): Promise<Multiplexed | undefined> => {
    const port = await driver.openAgentPort(vmId, { signal: over.signal, progress: silentProgress });
    return port === undefined ? undefined : multiplex(port, clock);
  };
  const throughPort: AgentRoutes["throughPort"] = async ({ vmId }, signal) =>
    vmId === undefined ? undefined : (await unlessAborted(signal, portOf(vmId)))?.open;
  const overSsh = async (connection: HostConnection, signal: AbortSignal): Promise<Duplex> => {
    const session = await pool.connect(connection, { signal, deadlineMs: connectMs });
    try {
      const stream = await agentStreams(session)(signal);
      stream.once("close", () => session[Symbol.dispose]());
      return stream;
    } catch (error) {
      session[Symbol.dispose]();
      throw error;
    }
  };

  return {
    to: (connection) => ({
      open: async (signal) => (await throughPort(connection, signal))?.(signal) ?? overSsh(connection, signal),
      bulk: (signal) => overSsh(connection, signal),
    }),
    throughPort,
    async [Symbol.asyncDispose]() {
      over.abort(new StackhouseError("cancelled", "the ways to agents were closed"));
      const all = await Promise.allSettled([...ports.values()].map(({ opening }) => opening));
      for (const result of all) if (result.status === "fulfilled") result.value?.[Symbol.dispose]();
    },
  };
}

interface Port {
  readonly opening: Promise<Multiplexed | undefined>;
  found?: Multiplexed;
}
