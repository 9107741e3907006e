import { createSocket } from "node:dgram";
import { createServer } from "node:net";
import type { PortProbe } from "./ports.ts";

/** Listens for a moment: what the kernel refuses is taken, or not ours to take. */
export const probePort: PortProbe = ({ address, port, protocol }) =>
  protocol === "tcp" ? probeTcp(address, port) : probeUdp(address, port);

function probeTcp(address: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => {
      resolve(false);
    });
    server.listen({ host: address, port, exclusive: true }, () => {
      server.close(() => {
        resolve(true);
      });
    });
  });
}

function probeUdp(address: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createSocket("udp4");
    socket.once("error", () => {
      resolve(false);
    });
    socket.bind({ address, port, exclusive: true }, () => {
      socket.close(() => {
        resolve(true);
      });
    });
  });
}
