import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";

/** A unix socket in front of another one, for a test to stand between a client and its server. */
export interface UnixRelay extends AsyncDisposable {
  readonly path: string;
  /** Hangs up on everybody, and on all that dial, until `open`: the server is gone. */
  close(): void;
  open(): void;
  /** From now on nothing passes, and nobody is told: the server hangs. */
  freeze(): void;
}

export async function startUnixRelay(path: string, target: string): Promise<UnixRelay> {
  const sockets = new Set<Socket>();
  let state: "open" | "closed" | "frozen" = "open";
  const track = (socket: Socket): void => {
    sockets.add(socket);
    socket.on("error", () => undefined).once("close", () => sockets.delete(socket));
  };
  const server = createServer({ allowHalfOpen: true }, (client) => {
    track(client);
    if (state === "closed") client.destroy();
    if (state !== "open") return;
    const upstream = connect({ path: target, allowHalfOpen: true });
    track(upstream);
    client.pipe(upstream);
    upstream.pipe(client);
    client.once("close", () => upstream.destroy());
    upstream.once("close", () => client.destroy());
  });
  server.listen(path);
  await once(server, "listening");
  return {
    path,
    close: () => {
      state = "closed";
      for (const socket of sockets) socket.destroy();
    },
    open: () => (state = "open"),
    freeze: () => {
      state = "frozen";
      for (const socket of sockets) socket.unpipe().pause();
    },
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, "close");
    },
  };
}
