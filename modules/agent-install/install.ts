import { createReadStream } from "node:fs";
import { createAgentClient } from "../agent-client/client.ts";
import type { AgentClient } from "../agent-client/types.ts";
import type { Clock } from "../base/clock.ts";
import { withDeadline } from "../base/deadline.ts";
import { showElapsed } from "../base/elapsed.ts";
import { isStackhouseError, messageOf, StackhouseError } from "../base/errors.ts";
import type { Progress } from "../base/progress.ts";
import { seconds, waitUntil } from "../base/wait.ts";
import type { AgentInfo } from "../protocol/api.ts";
import { inactiveSlot, installPaths, type Slot } from "../protocol/slots.ts";
import type { SshCall, SshSession } from "../ssh/types.ts";
import { activate, fallBack, startConfirmed } from "./activate.ts";
import type { AgentBundle } from "./bundle.ts";
import { waitForFirstBoot } from "./first-boot.ts";
import { reportOfStart, type StartReport } from "./journal.ts";
import { lookForAgent, type Found } from "./look.ts";
import type { FindNode, NodeBinary } from "./node-binary.ts";
import { asRoot } from "./privilege.ts";
import { hasNode, probeHost, type HostProbe } from "./probe.ts";
import { checkHost } from "./requirements.ts";
import { agentStreams } from "./streams.ts";

export interface InstallOptions {
  readonly session: SshSession;
  readonly bundle: AgentBundle;
  /** Finds the Node for hosts; asked for only when the host needs an installation. */
  readonly node: FindNode;
  readonly clock: Clock;
  readonly progress: Progress;
  readonly signal: AbortSignal;
  /** Longest duration of it all, milliseconds. */
  readonly deadlineMs: number;
  /** Told where nothing of an agent is on the host yet. */
  readonly onBare?: () => void;
  /** How long a started agent has to answer, milliseconds. Default 120 000: it must be confirmed within 180 s of its start. */
  readonly healthyMs?: number;
}

/** Space for a slot, logs and the journal besides the Node binary. */
const roomBytes = 50_000_000;
/** For what takes a second on a quiet host. */
const shortMs = 60_000;
const activateMs = 120_000;
/** How often systemd is asked whether a start that does not answer has failed already: a look costs a command. */
const reportEveryMs = 10_000;

/**
 * Makes sure that exactly this bundle runs on a host, is healthy and confirmed. Where it does already, nothing is sent. A
 * new bundle goes into the other slot; when it does not become healthy, the old one runs again.
 *
 * @throws `agent.install-failed` with all that the host lacks, before anything was changed; `agent.crashed` with the last log
 *   lines of the bundle that did not become healthy; `ssh.*`; `deadline`.
 */
export async function installAgent(options: InstallOptions): Promise<AgentInfo> {
  let at = "looking at the host";
  const progress: Progress = {
    status: (text) => options.progress.status((at = text)),
    info: (text) => options.progress.info(text),
    warn: (text) => options.progress.warn(text),
  };
  const late = (): StackhouseError =>
    new StackhouseError("deadline", `the host agent was not installed within ${seconds(options.deadlineMs)}`, {
      details: [`it was at: ${at}`],
      hint: "stackhouse up goes on from there",
    });
  return withDeadline(options, late, async (signal) => {
    using streams = agentStreams(options.session, options.clock);
    const client = createAgentClient({ open: streams.open, clock: options.clock });
    const work = { ...options, progress, signal, client };
    const found = await showElapsed(
      () => "asking the host agent",
      { ...options, progress },
      () => lookForAgent(client, signal),
    );
    if (found.kind === "running" && found.info.bundleDigest === options.bundle.digest) {
      return found.info.confirmed ? found.info : await client.confirm({ signal });
    }
    const probe = await probeWhenBooted(work);
    const started = found.kind === "running" ? undefined : await startInstalled(work, probe, found);
    return started ?? (await replaceAgent(work, probe));
  });
}

type Work = InstallOptions & { readonly client: AgentClient };

/** What a host is made of, once its first boot has installed what it installs. Where that failed, cloud-init knows why. */
async function probeWhenBooted(work: Work): Promise<HostProbe> {
  const call: SshCall = { signal: work.signal, deadlineMs: shortMs };
  const probe = await probeHost(work.session, call);
  const isToInstall = probe.firstBoot === "running" || (probe.firstBoot === "over" && !probe.hasDocker);
  if (!isToInstall) return probe;
  await waitForFirstBoot(work);
  return probeHost(work.session, call);
}

/** On a host that is booting, or whose agent was stopped or hangs. Undefined where this bundle is not installed, or not sound. */
async function startInstalled(work: Work, probe: HostProbe, { kind }: Found): Promise<AgentInfo | undefined> {
  const { session, bundle, signal, client, progress } = work;
  const slot = confirmedSlotOf(probe, bundle);
  if (slot === undefined) return undefined;
  progress.status("starting the host agent");
  try {
    const how = kind === "silent" ? "restart" : "start";
    const invocation = await startConfirmed(session, how, { signal, deadlineMs: activateMs });
    await waitForHealthy(work, slot, invocation);
    return await client.confirm({ signal });
  } catch (error) {
    if (!isStackhouseError(error, "agent.crashed")) throw error;
    progress.warn(`the installed host agent does not start and is installed anew: ${error.message}`);
    return undefined;
  }
}

async function replaceAgent(work: Work, probe: HostProbe): Promise<AgentInfo> {
  const { session, bundle, signal, client, progress } = work;
  progress.status(probe.confirmed === undefined ? "installing the host agent" : "upgrading the host agent");
  const architecture = checkHost(probe, session.connection, roomBytes);
  if (isBare(probe)) work.onBare?.();
  const node = await work.node(architecture, work);
  if (!hasNode(probe, node.digest)) {
    checkHost(probe, session.connection, roomBytes + node.bytes);
    await uploadNode(work, node);
  }
  const slot = inactiveSlot(probe.confirmed);
  progress.status("starting the host agent");
  const activation = { bundle, slot, nodeDigest: node.digest, probe };
  const invocation = await activate(session, activation, { signal, deadlineMs: activateMs });
  try {
    await waitForHealthy(work, slot, invocation);
    return await client.confirm({ signal });
  } catch (error) {
    // Without us the agent stays unconfirmed, and so leaves by itself. An engine that does not answer is not its fault.
    const isAgents = !isStackhouseError(error, "agent.runtime-unavailable");
    if (isAgents && !signal.aborted && !session.lost) {
      await fallBack(session, slot, { signal, deadlineMs: shortMs }).catch((failure: unknown) => {
        progress.warn(`the agent that was there before is not started again: ${messageOf(failure)}`);
      });
    }
    throw error;
  }
}

function isBare({ confirmed, bundles, launcherDigest, unitDigest }: HostProbe): boolean {
  return [confirmed, bundles.a, bundles.b, launcherDigest, unitDigest].every((part) => part === undefined);
}

/** The confirmed slot, where it is exactly this bundle and starts as this bundle does. */
function confirmedSlotOf(
  { confirmed, bundles, launcherDigest, unitDigest }: HostProbe,
  bundle: AgentBundle,
): Slot | undefined {
  if (launcherDigest !== bundle.launcherDigest || unitDigest !== bundle.unitDigest) return undefined;
  return confirmed !== undefined && bundles[confirmed] === bundle.digest ? confirmed : undefined;
}

async function uploadNode({ session, progress, signal, deadlineMs }: Work, node: NodeBinary): Promise<void> {
  const source = {
    bytes: node.bytes,
    digest: `sha256:${node.digest}`,
    open: (offset: number) => createReadStream(node.path, { start: offset }),
  };
  const options = { mode: 0o755, ...asRoot(session.connection), compression: "gzip" } as const;
  const call: SshCall = { signal, deadlineMs };
  await session.upload(source, installPaths().nodeBinary(node.digest), call, { ...options, progress, name: "Node" });
}

async function waitForHealthy(work: Work, slot: Slot, invocation: string): Promise<void> {
  const { client, clock, signal, progress, session, bundle } = work;
  const report = (): ReturnType<typeof reportOfStart> =>
    reportOfStart(session, invocation, { signal, deadlineMs: shortMs });
  let lastReport = clock.now();
  let found: Found = { kind: "absent" };
  await waitUntil(
    async () => {
      found = await lookForAgent(client, signal);
      if (found.kind === "waits-for-engine" || found.kind === "silent")
        return { done: false, reason: found.error.message };
      if (found.kind === "running") {
        const { info } = found;
        if (info.bundleDigest === bundle.digest && info.slot === slot) return { done: true, value: undefined };
        throw crashed("it ended, and the agent that ran before is back", await report());
      }
      if (clock.now() - lastReport >= reportEveryMs) {
        lastReport = clock.now();
        const start = await report();
        if (!start.isAlive) throw crashed("it ended", start);
      }
      return { done: false, reason: "it does not answer yet" };
    },
    {
      clock,
      signal,
      progress,
      what: "the host agent",
      deadlineMs: work.healthyMs ?? 120_000,
      intervalMs: 200,
      onDeadline: async (reason) => (found.kind === "waits-for-engine" ? found.error : crashed(reason, await report())),
    },
  );
}

function crashed(what: string, { lines }: StartReport): StackhouseError {
  return new StackhouseError("agent.crashed", `the new host agent did not become healthy: ${what}`, {
    details: lines.length === 0 ? ["it logged nothing"] : lines,
    hint: "an agent that ran before runs again; on the host: journalctl -u stackhouse-agent",
  });
}
