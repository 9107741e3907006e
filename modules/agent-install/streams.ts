import type { OpenStream } from "../agent-client/types.ts";
import { agentPaths } from "../protocol/api.ts";
import { installPaths } from "../protocol/slots.ts";
import type { SshSession } from "../ssh/types.ts";
import { privilegeOf } from "./privilege.ts";

const openDeadlineMs = 10_000;

/** Joins stdin and stdout to a socket that only root may open. The agent's own Node runs it. */
const bridge = `
const socket = require("node:net").connect(process.argv[1]);
socket.on("error", () => process.exit(1));
process.stdin.pipe(socket).pipe(process.stdout);`;

/** How an agent client reaches the agent of a host: root forwards the socket, others go through sudo. */
export function agentStreams(session: SshSession): OpenStream {
  const privilege = privilegeOf(session.connection);
  return (signal) => {
    const call = { signal, deadlineMs: openDeadlineMs };
    if (privilege === undefined) return session.openUnixSocket(agentPaths.socket, call);
    const node = `${installPaths().current}/node`;
    return session.openCommand([node, "--eval", bridge, agentPaths.socket], call, { via: privilege });
  };
}
