import { once } from "node:events";
import { createConnection } from "node:net";

/** The random cookie with which an SSH server begins its key exchange. Source: RFC 4253, sections 4.2, 6 and 7.1. */
export async function kexCookie(port: number, deadlineMs: number): Promise<string> {
  const socket = createConnection({ host: "127.0.0.1", port, signal: AbortSignal.timeout(deadlineMs) });
  try {
    await once(socket, "connect");
    socket.write("SSH-2.0-stackhouse-test\r\n");
    let received = Buffer.alloc(0);
    for await (const chunk of socket) {
      received = Buffer.concat([received, chunk as Buffer]);
      const packet = received.indexOf("\n") + 1;
      // Length (4 bytes), padding length (1), message number (1), cookie (16).
      if (packet > 0 && received.length >= packet + 22) return received.toString("hex", packet + 6, packet + 22);
    }
    throw new Error(`port ${port} closed before its key exchange`);
  } finally {
    socket.destroy();
  }
}
