import { once } from "node:events";
import { connect } from "node:net";
import { dirname, join } from "node:path";
import type { Duplex } from "node:stream";
import { createAgentClient } from "../../modules/agent-client/client.ts";
import { multiplex, type Multiplexed } from "../../modules/agent-client/multiplexed.ts";
import type { AgentClient, JobCall, OpenStream } from "../../modules/agent-client/types.ts";
import { agentPaths } from "../../modules/protocol/api.ts";
import { systemClock } from "../../modules/system/clock.ts";
import type { TestAgent } from "./agent.ts";

export const openSocket =
  (path: string) =>
  async (abort: AbortSignal): Promise<Duplex> => {
    const socket = connect(path);
    await once(socket, "connect", { signal: abort });
    return socket;
  };

/** As through the port of a VM: one connection, and another one when that is lost. */
const openShared = (path: string): OpenStream => {
  let shared: Multiplexed | undefined;
  return async (abort) => {
    if (shared?.lost !== false) shared = multiplex(await openSocket(path)(abort), systemClock);
    return shared.open(abort);
  };
};

const clientWith =
  (open: (path: string) => OpenStream) =>
  (path: string, reconnectMs = 5_000): AgentClient =>
    createAgentClient({ open: open(path), clock: systemClock, reconnectMs });

export const clientOf = clientWith(openSocket);

/** How the agent's API can be spoken. */
export const ways = [
  { name: "a connection for each stream", socketOf: ({ socket }: TestAgent) => socket, clientOf },
  {
    name: "one connection for all streams",
    socketOf: ({ socket }: TestAgent) => join(dirname(socket), agentPaths.streams),
    clientOf: clientWith(openShared),
  },
];

export const jobCall = (more: Partial<JobCall> = {}): JobCall => ({
  signal: new AbortController().signal,
  deadlineMs: 30_000,
  requestedBy: "a test",
  onEvent: () => undefined,
  ...more,
});

/** The database becomes healthy after a while, so that there is a middle of the job. */
export const slow = { services: { db: { health: { state: "healthy", afterMs: 800 } } } } as const;

/** It does when the test is long over. */
export const endless = { services: { db: { health: { state: "healthy", afterMs: 60_000 } } } } as const;
