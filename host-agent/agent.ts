import { dirname, join } from "node:path";
import type { Clock } from "../modules/base/clock.ts";
import type { FingerprintRules } from "../modules/stackfile/fingerprint.ts";
import { agentPaths, protocolVersion, type AgentInfo } from "../modules/protocol/api.ts";
import { listen } from "./api/listen.ts";
import { createApiServer } from "./api/server.ts";
import { createStreamsServer } from "./api/streams.ts";
import type { Birth } from "./birth.ts";
import { createEventHub } from "./execute/event-hub.ts";
import type { Logger } from "./logging/logger.ts";
import { createApps } from "./reconcile/apps.ts";
import { createJobs } from "./reconcile/jobs.ts";
import { RuntimeError } from "./runtime/errors.ts";
import type { Runtime } from "./runtime/port.ts";
import { openStore } from "./store/store.ts";
import type { RunningSlot } from "./update/slots.ts";

export interface AgentPorts {
  readonly runtime: Runtime;
  readonly slot: RunningSlot;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Rules that fingerprints on the host may still be of. Default: those of all earlier versions. */
  readonly olderRules?: readonly FingerprintRules[];
}

export interface AgentOptions {
  readonly socket: string;
  readonly stateDirectory: string;
  readonly heartbeatMs?: number;
  /** What does not change while the agent runs. */
  readonly identity: Pick<AgentInfo, "version" | "bundleDigest" | "facts">;
  readonly birth: () => Promise<Birth>;
}

export interface Agent {
  /** Stops listening and working. Open jobs stay in the journal, for the next agent. */
  stop(): Promise<void>;
}

const infoLimitMs = 10_000;

/**
 * An agent that serves: takes the state folder for itself, takes up the jobs that were left open, then listens.
 * Throws `lock.held` where another agent runs.
 */
export async function startAgent(ports: AgentPorts, options: AgentOptions): Promise<Agent> {
  const { runtime, slot, clock, logger, olderRules } = ports;
  const { socket, stateDirectory, identity, birth, heartbeatMs } = options;
  const stopped = new AbortController();
  const store = await openStore(stateDirectory, logger);
  const events = createEventHub({ runtime, clock, logger, signal: stopped.signal });
  const apps = createApps({
    ...{ runtime, releases: store.releases, events, clock, logger },
    ...(olderRules === undefined ? {} : { olderRules }),
  });
  const jobs = createJobs({ store: store.jobs, clock, logger, run: apps.run });

  const info = async (signal: AbortSignal): Promise<AgentInfo> => ({
    ...identity,
    ...(await birth()),
    slot: slot.slot,
    confirmed: await slot.isConfirmed(),
    protocol: protocolVersion,
    runtime: await runtimeInfo(runtime, signal),
    residentMemoryBytes: process.memoryUsage.rss(),
  });
  const server = createApiServer(
    { runtime, clock, events, apps, jobs, archives: store.archives, info, confirm: () => slot.confirm() },
    { logger, ...(heartbeatMs === undefined ? {} : { heartbeatMs }) },
  );
  const listening = await listen(server, socket);
  const streams = await listen(createStreamsServer(server), join(dirname(socket), agentPaths.streams));
  jobs.resume();
  logger.info({ socket, version: identity.version, slot: slot.slot }, "the agent serves");

  return {
    async stop() {
      await jobs.stop();
      stopped.abort();
      await Promise.all([listening.close(), streams.close()]);
      store.close();
    },
  };
}

/** An engine that is starting takes calls long before it answers them: for the host it is not there yet. */
async function runtimeInfo(runtime: Runtime, signal: AbortSignal): Promise<AgentInfo["runtime"]> {
  try {
    return await runtime.info({ signal, deadlineMs: infoLimitMs });
  } catch (error) {
    if (!(error instanceof RuntimeError) || error.kind !== "deadline") throw error;
    throw new RuntimeError("unavailable", error.message, { cause: error });
  }
}

/** Where the runtime keeps configs and secrets of containers. */
export function runtimeFilesDirectory(stateDirectory: string): string {
  return join(stateDirectory, "files");
}
