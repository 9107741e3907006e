import { createSocket } from "node:dgram";
import { createServer } from "node:net";
import { networkInterfaces } from "node:os";
import { StackhouseError } from "../../../base/errors.ts";
import { isErrno } from "../../../system/files.ts";
import type { Forward, Refusal } from "../../driver.ts";
import { collide, type HostEnd } from "../../forwards.ts";
import type { StoredForward } from "../folder.ts";
import { listenerOn } from "./listener.ts";

export interface PortChoice {
  /** Forwards of this VM as they were: a chosen port is kept. */
  readonly before: readonly StoredForward[];
  /** Forwards that this VM's process has open now: their ports are taken, by us. */
  readonly held: readonly StoredForward[];
  /** Forwards that are not to be disturbed: of other owners, of other VMs that may be stopped just now. */
  readonly others: readonly (StoredForward & { readonly vm: string })[];
}

export type WantedForward = Forward & { readonly owner: string; readonly fixed: boolean };

/**
 * Gives each forward its port of the workstation, in the order asked. A fixed one is taken as it is, before any is chosen; for another the
 * one used before is kept while it is free, else a free one is chosen. Fails with `vm.port-taken`, naming who has it, before anything is
 * changed.
 */
export async function choosePorts(
  wanted: readonly WantedForward[],
  choice: PortChoice,
): Promise<readonly StoredForward[]> {
  const chosen = new Map<WantedForward, StoredForward>();
  for (const forward of wanted.toSorted((a, b) => Number(b.fixed) - Number(a.fixed))) {
    const portOf = forward.fixed ? fixedPort : freePort;
    chosen.set(forward, { ...forward, hostPort: await portOf(forward, choice, [...chosen.values()]) });
  }
  return wanted.flatMap((forward) => chosen.get(forward) ?? []);
}

async function fixedPort(
  forward: WantedForward,
  choice: PortChoice,
  chosen: readonly StoredForward[],
): Promise<number> {
  const { hostPort } = forward;
  const twice = chosen.find((other) => collides(other, forward, hostPort));
  if (twice !== undefined) throw taken(forward, `port ${twice.guestPort} of the VM wants it too`);
  const who = await whoHasPort(forward, choice);
  if (who !== undefined) throw taken(forward, who);
  return hostPort;
}

/** Who keeps a fixed port from being forwarded, as a person is told; undefined where nobody does. */
export async function whoHasPort(
  forward: HostEnd,
  { held, others }: Pick<PortChoice, "held" | "others">,
): Promise<string | undefined> {
  const { hostPort, protocol } = forward;
  const other = others.find((one) => collides(one, forward, hostPort));
  if (other !== undefined) return `it leads to ${other.owner} on the VM ${other.vm}`;
  if (held.some((open) => same(open, forward, hostPort))) return undefined;
  try {
    if ((await tryBind(forward, hostPort)) !== undefined) return undefined;
  } catch (error) {
    if (isErrno(error, "EACCES")) return "this user may not listen there, only root may below 1024";
    throw error;
  }
  return (await listenerOn(protocol, hostPort)) ?? "another program listens there";
}

const freePortAttempts = 50;

async function freePort(forward: WantedForward, choice: PortChoice, chosen: readonly StoredForward[]): Promise<number> {
  const reserved = (port: number): boolean =>
    [...chosen, ...choice.others].some((other) => collides(other, forward, port));
  const previous = choice.before.find((old) => sameGuestEnd(old, forward))?.hostPort;
  if (previous !== undefined && !reserved(previous)) {
    if (choice.held.some((open) => same(open, forward, previous))) return previous;
    if ((await tryBind(forward, previous)) !== undefined) return previous;
  }
  for (let attempt = 0; attempt < freePortAttempts; attempt++) {
    const port = await tryBind(forward, 0);
    if (port !== undefined && !reserved(port)) return port;
  }
  throw new StackhouseError("vm.port-taken", `${forward.hostAddress} has no free port left for the VM`);
}

function taken({ hostPort, protocol, guestPort, owner }: WantedForward, who: string): StackhouseError {
  return new StackhouseError(
    "vm.port-taken",
    `port ${hostPort}/${protocol} of this workstation is taken: ${who}; ${owner} wants it for port ${guestPort} of the VM`,
    { hint: "stop what has it, or publish another port" },
  );
}

/** Whether one is what the other was. */
export function sameGuestEnd(a: StoredForward, b: WantedForward): boolean {
  return a.owner === b.owner && a.guestPort === b.guestPort && a.protocol === b.protocol;
}

function same(open: HostEnd, forward: HostEnd, port: number): boolean {
  return open.hostPort === port && open.protocol === forward.protocol && open.hostAddress === forward.hostAddress;
}

function collides(other: HostEnd, forward: HostEnd, hostPort: number): boolean {
  return collide(other, { ...forward, hostPort });
}

/** Binds and lets go. Gives the port, or undefined where it is taken. 0: the system chooses. */
export async function tryBind(
  forward: Pick<Forward, "protocol" | "hostAddress">,
  port: number,
): Promise<number | undefined> {
  try {
    return await (forward.protocol === "tcp" ? bindTcp : bindUdp)(forward.hostAddress, port);
  } catch (error) {
    if (isErrno(error, "EADDRINUSE")) return undefined;
    if (!isErrno(error, "EADDRNOTAVAIL")) throw error;
    const { reason, hint } = notHere(forward.hostAddress);
    throw new StackhouseError("input.invalid", reason, { hint });
  }
}

/** See `Driver.problemWithAddress`. */
export async function problemWithAddress(hostAddress: string): Promise<Refusal | undefined> {
  try {
    await bindTcp(hostAddress, 0);
    return undefined;
  } catch (error) {
    if (isErrno(error, "EADDRNOTAVAIL")) return notHere(hostAddress);
    throw error;
  }
}

function notHere(hostAddress: string): Refusal {
  const here = Object.values(networkInterfaces())
    .flatMap((addresses = []) => addresses)
    .flatMap(({ family, address }) => (family === "IPv4" ? [address] : []));
  return {
    reason: `${hostAddress} is no address of this workstation`,
    hint: `it has ${here.join(", ")}; 0.0.0.0 listens at all of them`,
  };
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
