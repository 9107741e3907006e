import type { Duplex } from "node:stream";
import { multiplex, type Multiplexed } from "../agent-client/multiplexed.ts";
import type { OpenStream } from "../agent-client/types.ts";
import { agentStreams, type AgentStreams } from "../agent-install/streams.ts";
import type { Clock } from "../base/clock.ts";
import { unlessAborted } from "../base/deadline.ts";
import { StackhouseError } from "../base/errors.ts";
import { silentProgress } from "../base/progress.ts";
import type { Driver } from "../hypervisors/driver.ts";
import { wayBackTo, type HostConnection } from "../protocol/host.ts";
import { connectionKey } from "../ssh/connection-key.ts";
import { fingerprintOf, publicKeyOf } from "../ssh/keys.ts";
import type { SshPool, SshSession } from "../ssh/types.ts";

export interface AgentRoutesOptions {
  readonly pool: SshPool;
  readonly driver: Pick<Driver, "inspect" | "openAgentPort">;
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
  /** What to do where the agent is silent, as the hint of an error. */
  readonly wayBack: string;
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
  const ways = new Map<string, SshWay>();
  const over = new AbortController();

  /** One attempt for all that ask at the same time, and none for a while where it led nowhere. */
  const portOf = (vmId: string, identity: string): Promise<Multiplexed | undefined> => {
    const key = `${vmId} ${identity}`;
    const known = ports.get(key);
    if (known !== undefined && !isOver(known)) return known.opening;
    // Whatever keeps it from leading anywhere, there is SSH.
    const port: Port = { opening: openPort(vmId, identity).catch(() => undefined) };
    ports.set(key, port);
    void port.opening.then((found) => {
      if (found === undefined) port.nowhereSince = clock.now();
      else port.found = found;
    });
    return port.opening;
  };
  const isOver = ({ found, nowhereSince }: Port): boolean =>
    found?.lost === true || (nowhereSince !== undefined && clock.now() - nowhereSince >= nowhereMs);
  /** The port of the VM that has the pinned host key: another one of the same id is another host. */
  const openPort = async (vmId: string, identity: string): Promise<Multiplexed | undefined> => {
    const call = { signal: over.signal, progress: silentProgress };
    const vm = await driver.inspect(vmId, call);
    if (vm.state !== "running" || fingerprintOf(publicKeyOf(vm.spec.hostPrivateKey)) !== identity) return undefined;
    const port = await driver.openAgentPort(vmId, call);
    return port === undefined ? undefined : multiplex(port, clock);
  };
  const throughPort: AgentRoutes["throughPort"] = async ({ vmId, hostKey }, signal) =>
    vmId === undefined ? undefined : (await unlessAborted(signal, portOf(vmId, fingerprintOf(hostKey))))?.open;
  /** One for all streams of a connection: what it has found out about the host is known to the next one. */
  const wayOver = (session: SshSession): AgentStreams => {
    const key = connectionKey(session.connection);
    const known = ways.get(key);
    if (known?.session.lost === false) return known.streams;
    known?.streams[Symbol.dispose]();
    const way = { session, streams: agentStreams(session, clock) };
    ways.set(key, way);
    return way.streams;
  };
  const overSsh = async (connection: HostConnection, signal: AbortSignal): Promise<Duplex> => {
    const session = await pool.connect(connection, { signal, deadlineMs: connectMs });
    try {
      const stream = await wayOver(session).open(signal);
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
      wayBack: wayBackTo(connection),
    }),
    throughPort,
    async [Symbol.asyncDispose]() {
      over.abort(new StackhouseError("cancelled", "the ways to agents were closed"));
      for (const { streams } of ways.values()) streams[Symbol.dispose]();
      for (const { opening } of ports.values()) (await opening)?.[Symbol.dispose]();
    },
  };
}

interface Port {
  readonly opening: Promise<Multiplexed | undefined>;
  found?: Multiplexed;
  nowhereSince?: number;
}

/** A connection, maybe held by none now, and the streams over it. */
interface SshWay {
  readonly session: SshSession;
  readonly streams: AgentStreams;
}

/** How long a port that led nowhere is not tried again, milliseconds: each try may wait for its answer. */
const nowhereMs = 30_000;
