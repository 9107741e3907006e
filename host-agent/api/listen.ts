import { once } from "node:events";
import { chmod, mkdir, rm } from "node:fs/promises";
import type { Server, Socket } from "node:net";
import { dirname } from "node:path";

export interface Listening {
  /** Stops accepting and drops what is open; event streams are resumed by their readers. */
  close(): Promise<void>;
}

/**
 * Listens on a unix socket that only root may open. A socket file that is there is stale: who calls this holds the lock on
 * the agent's state, so no other agent answers on it.
 */
export async function listen(server: Server, path: string): Promise<Listening> {
  const connections = new Set<Socket>();
  server.on("connection", (connection: Socket) => {
    connections.add(connection);
    connection.once("close", () => connections.delete(connection));
  });
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  await rm(path, { force: true });
  server.listen(path);
  await once(server, "listening");
  await chmod(path, 0o600);
  return {
    async close() {
      const closed = once(server, "close");
      server.close();
      for (const connection of connections) connection.destroy();
      await closed;
    },
  };
}
