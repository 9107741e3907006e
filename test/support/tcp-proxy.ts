import { once } from "node:events";
import { connect, createServer, type AddressInfo, type Socket } from "node:net";

/** A network between client and server that a test can break. */
export interface TcpProxy extends AsyncDisposable {
  readonly port: number;
  /** Bytes that went from client to server so far. */
  readonly forwardedBytes: number;
  /** How many connections clients have made so far. */
  readonly accepted: number;
  /** Ends of connections that are open: two for each. */
  readonly open: number;
  /** Resets all connections, as a router that lost its state does. New ones work. */
  cut(): void;
  /** Cuts once, when this many bytes have gone to the server from now on. */
  cutAfter(bytes: number): void;
  /** From now on the way to the server carries so much and no more. */
  slowDown(bytesPerSecond: number): void;
  /** From now on nothing passes and nobody is told, as with a pulled cable. */
  freeze(): void;
}

/** @param lumpMs how long what comes from the server is kept, to go on in one piece; 0: not at all */
export async function startTcpProxy(targetPort: number, lumpMs = 0): Promise<TcpProxy> {
  const sockets = new Set<Socket>();
  let forwardedBytes = 0;
  let accepted = 0;
  let cutAt = Infinity;
  let frozen = false;
  let msPerByte = 0;

  const cut = (): void => {
    cutAt = Infinity;
    for (const socket of sockets) socket.resetAndDestroy();
  };
  const track = (socket: Socket): void => {
    sockets.add(socket);
    socket.on("error", () => undefined).once("close", () => sockets.delete(socket));
  };
  const server = createServer((client) => {
    accepted += 1;
    const upstream = connect(targetPort, "127.0.0.1");
    track(client);
    track(upstream);
    client.on("data", (chunk) => {
      if (frozen) return;
      forwardedBytes += chunk.length;
      if (!upstream.write(chunk)) client.pause();
      if (msPerByte > 0) {
        client.pause();
        setTimeout(() => client.resume(), chunk.length * msPerByte);
      }
      if (forwardedBytes >= cutAt) cut();
    });
    upstream.on("drain", () => client.resume());
    upstream.on("data", (chunk) => {
      if (frozen) return;
      if (lumpMs > 0 && client.writableCorked === 0) {
        client.cork();
        setTimeout(() => client.uncork(), lumpMs);
      }
      client.write(chunk);
    });
    client.once("close", () => upstream.destroy());
    upstream.once("close", () => client.end());
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    get forwardedBytes() {
      return forwardedBytes;
    },
    get open() {
      return sockets.size;
    },
    get accepted() {
      return accepted;
    },
    cut,
    cutAfter: (bytes) => (cutAt = forwardedBytes + bytes),
    slowDown: (bytesPerSecond) => (msPerByte = 1000 / bytesPerSecond),
    freeze: () => (frozen = true),
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, "close");
    },
  };
}
