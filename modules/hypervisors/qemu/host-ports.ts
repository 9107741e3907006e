import { createServer } from "node:net";
import { createSocket } from "node:dgram";
import { StackhouseError } from "../../base/errors.ts";
import { isErrno } from "../../system/files.ts";
import type { BoundForward, Forward } from "../driver.ts";

/**
 * Gives each forward a port of the workstation. Fixed ports are taken as they are; for others the one used before is kept while
 * it is free, else a free one is chosen. `held`: forwards that the VM's own process has open now.
 * Fails with `vm.port-taken` for a fixed port that something else has.
 */
export async function bindForwards(
  forwards: readonly (Forward & { readonly owner: string })[],
  before: readonly BoundForward[],
  held: readonly BoundForward[],
): Promise<readonly BoundForward[]> {
  const bound: BoundForward[] = [];
  for (const forward of forwards) {
    const previous = before.find((old) => sameGuestEnd(old, forward));
    bound.push({ ...forward, hostPort: await choosePort(forward, previous, held) });
  }
  return bound;
}

function sameGuestEnd(a: BoundForward, b: Forward & { readonly owner: string }): boolean {
  return (
    a.owner === b.owner && a.guestPort === b.guestPort && a.protocol === b.protocol && a.hostAddress === b.hostAddress
  );
}

async function choosePort(
  forward: Forward,
  previous: BoundForward | undefined,
  held: readonly BoundForward[],
): Promise<number> {
  const isHeld = (port: number): boolean =>
    held.some(
      (open) =>
        open.hostPort === port && open.protocol === forward.protocol && open.hostAddress === forward.hostAddress,
    );
  if (forward.hostPort !== 0) {
    if (isHeld(forward.hostPort) || (await tryBind(forward, forward.hostPort)) !== undefined) return forward.hostPort;
    throw new StackhouseError(
      "vm.port-taken",
      `port ${forward.hostPort}/${forward.protocol} of this workstation is taken, and the app wants it for port ${forward.guestPort} of the VM`,
      { hint: `stop what listens there (ss -lptn 'sport = :${forward.hostPort}'), or publish another port` },
    );
  }
  if (
    previous !== undefined &&
    (isHeld(previous.hostPort) || (await tryBind(forward, previous.hostPort)) !== undefined)
  ) {
    return previous.hostPort;
  }
  const free = await tryBind(forward, 0);
  if (free === undefined) throw new StackhouseError("vm.port-taken", "this workstation has no free port left");
  return free;
}

/** Binds and lets go. Gives the port, or undefined where it is taken. 0: the system chooses. */
export async function tryBind(
  forward: Pick<Forward, "protocol" | "hostAddress">,
  port: number,
): Promise<number | undefined> {
  try {
    return await (forward.protocol === "tcp" ? bindTcp(forward.hostAddress, port) : bindUdp(forward.hostAddress, port));
  } catch (error) {
    if (isErrno(error, "EADDRINUSE") || isErrno(error, "EACCES")) return undefined;
    throw error;
  }
}

function bindTcp(host: string, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen({ host, port, exclusive: true }, () => {
      const address = server.address();
      server.close(() => resolve(typeof address === "object" && address !== null ? address.port : port));
    });
  });
}

function bindUdp(address: string, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const socket = createSocket("udp4");
    socket.once("error", reject);
    socket.bind({ address, port, exclusive: true }, () => {
      const bound = socket.address().port;
      socket.close(() => resolve(bound));
    });
  });
}
