import { multiplex, type Multiplexed } from "../agent-client/multiplexed.ts";
import type { Clock } from "../base/clock.ts";
import { agentPaths } from "../protocol/api.ts";
import { installPaths } from "../protocol/slots.ts";
import type { SshCall, SshSession } from "../ssh/types.ts";
import { asRoot } from "./privilege.ts";

/**
 * Serves stdin and stdout as HTTP/2, in which each CONNECT is a connection to a socket that only root may open. The agent's own Node runs it, and ends it
 * with its stdin. It outlives an agent that starts again. The windows are those of archives, which would wait for each 64 KiB otherwise.
 */
const script = `
const { createServer } = require("node:http2");
const { connect } = require("node:net");
const { Duplex } = require("node:stream");
const server = createServer({ settings: { initialWindowSize: 1 << 22 } });
server.on("session", (session) => session.setLocalWindowSize(1 << 24));
server.on("sessionError", () => process.exit(1));
server.on("stream", (stream) => {
  const socket = connect(process.argv[1]);
  socket.once("connect", () => {
    stream.respond({ ":status": 200 });
    stream.pipe(socket).pipe(stream);
  });
  socket.on("error", () => stream.close(7));
  stream.on("error", () => undefined);
  stream.on("close", () => socket.destroy());
});
process.stdin.once("close", () => process.exit());
server.emit("connection", Duplex.from({ readable: process.stdin, writable: process.stdout }));`;

/** Starts the one command that joins any number of streams to the agent's socket, as root. */
export async function openBridge(session: SshSession, clock: Clock, call: SshCall): Promise<Multiplexed> {
  const argv = [`${installPaths().current}/node`, "--eval", script, agentPaths.socket];
  return multiplex(await session.openCommand(argv, call, asRoot(session.connection)), clock);
}
