import type { Duplex } from "node:stream";
import type { Multiplexed } from "../agent-client/multiplexed.ts";
import type { OpenStream } from "../agent-client/types.ts";
import type { Clock } from "../base/clock.ts";
import { unlessAborted } from "../base/deadline.ts";
import { isStackhouseError, StackhouseError } from "../base/errors.ts";
import { agentPaths } from "../protocol/api.ts";
import type { SshCall, SshSession } from "../ssh/types.ts";
import { openBridge } from "./bridge.ts";
import { privilegeOf } from "./privilege.ts";

const openDeadlineMs = 10_000;

/** Somebody listens there on every host with systemd, and everybody may connect. Source: systemd-journald.service(8). */
const heardSocket = "/run/systemd/journal/stdout";

/** Streams to the agent of a host, over one connection to it. Disposed, it ends what it has started there. */
export interface AgentStreams extends Disposable {
  readonly open: OpenStream;
}

/**
 * How an agent client reaches the agent of a host: root forwards the socket. Others, and root where sshd forwards no unix sockets, share one command
 * that joins them to it: sshd allows few at a time, and jobs keep theirs for as long as they run.
 */
export function agentStreams(session: SshSession, clock: Clock): AgentStreams {
  const over = new AbortController();
  let forwards = privilegeOf(session.connection) === undefined ? undefined : false;
  let bridge: Promise<Multiplexed> | undefined;
  let opened: Multiplexed | undefined;

  /** One for all that ask: nobody's end is another's. */
  const theBridge = (): Promise<Multiplexed> => {
    if (bridge !== undefined && opened?.lost !== true) return bridge;
    opened = undefined;
    const opening = openBridge(session, clock, { signal: over.signal, deadlineMs: openDeadlineMs });
    opening.then(
      (found) => {
        opened = found;
        if (over.signal.aborted) found[Symbol.dispose]();
      },
      () => (bridge = undefined),
    );
    return (bridge = opening);
  };
  const throughBridge: OpenStream = async (signal) => (await unlessAborted(signal, theBridge())).open(signal);

  return {
    async open(signal): Promise<Duplex> {
      if (forwards === false) return throughBridge(signal);
      const call = { signal, deadlineMs: openDeadlineMs };
      try {
        return await session.openUnixSocket(agentPaths.socket, call);
      } catch (error) {
        if (!isStackhouseError(error, "ssh.command-failed")) throw error;
        forwards ??= await isForwarded(session, heardSocket, call);
        if (forwards) throw error;
        return throughBridge(signal);
      }
    },
    [Symbol.dispose]() {
      over.abort(new StackhouseError("cancelled", "the way to the host agent was closed"));
      opened?.[Symbol.dispose]();
    },
  };
}

/** OpenSSH refuses a forward that its settings forbid just as one to a socket on which nobody listens. */
async function isForwarded(session: SshSession, path: string, call: SshCall): Promise<boolean> {
  try {
    (await session.openUnixSocket(path, call)).destroy();
    return true;
  } catch (error) {
    if (isStackhouseError(error, "ssh.command-failed")) return false;
    throw error;
  }
}
