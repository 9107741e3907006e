import type { Server as ApiServer } from "node:http";
import type { Http2Server } from "node:http2";
import type { Server } from "node:net";
import { Duplex } from "node:stream";

/**
 * Serves the API to who has one byte stream only, as a port of a hypervisor is: HTTP/2, in which each CONNECT is a connection to
 * the API. HTTP/2 is loaded when somebody comes: on most hosts nobody does.
 */
export function createStreamsServer(api: ApiServer): Server {
  let http2: Http2Server | undefined;
  return process.getBuiltinModule("node:net").createServer((connection) => {
    http2 ??= createHttp2Server(api);
    http2.emit("connection", connection);
  });
}

function createHttp2Server(api: ApiServer): Http2Server {
  const server = process.getBuiltinModule("node:http2").createServer();
  server.on("stream", (stream, { ":method": method }) => {
    stream.on("error", () => undefined); // `close` follows.
    if (method !== "CONNECT") {
      stream.respond({ ":status": 405 }, { endStream: true });
      return;
    }
    stream.respond({ ":status": 200 });
    // Given bytes only: of a string and bytes that are written together, Node 20.20 sends the string from memory that it has freed.
    api.emit("connection", Duplex.from({ readable: stream, writable: stream }));
  });
  server.on("sessionError", () => undefined); // Whoever was there is told by the end of its connection.
  return server;
}
