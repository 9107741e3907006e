import type { Duplex } from "node:stream";
import type { OpenStream } from "../agent-client/types.ts";
import { isStackhouseError } from "../base/errors.ts";
import { agentPaths } from "../protocol/api.ts";
import { installPaths } from "../protocol/slots.ts";
import type { SshCall, SshSession } from "../ssh/types.ts";
import { asRoot, privilegeOf } from "./privilege.ts";

const openDeadlineMs = 10_000;

/** Joins stdin and stdout to a socket that only root may open. The agent's own Node runs it. */
const bridge = `
const socket = require("node:net").connect(process.argv[1]);
socket.on("error", () => process.exit(1));
process.stdin.pipe(socket).pipe(process.stdout);`;

/** Somebody listens there on every host with systemd, and everybody may connect. Source: systemd-journald.service(8). */
const heardSocket = "/run/systemd/journal/stdout";

/**
 * How an agent client reaches the agent of a host: root forwards the socket, others go through sudo. Where sshd forwards no unix sockets root
 * runs the bridge too.
 */
export function agentStreams(session: SshSession): OpenStream {
  let forwards: boolean | undefined;
  const openBridge = (call: SshCall): Promise<Duplex> => {
    const node = `${installPaths().current}/node`;
    return session.openCommand([node, "--eval", bridge, agentPaths.socket], call, asRoot(session.connection));
  };
  return async (signal) => {
    const call = { signal, deadlineMs: openDeadlineMs };
    if (privilegeOf(session.connection) !== undefined || forwards === false) return openBridge(call);
    try {
      return await session.openUnixSocket(agentPaths.socket, call);
    } catch (error) {
      if (!isStackhouseError(error, "ssh.command-failed")) throw error;
      forwards ??= await isForwarded(session, heardSocket, call);
      if (forwards) throw error;
      return openBridge(call);
    }
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
