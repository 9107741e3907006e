import { isIPv4 } from "node:net";
import type { Forward } from "./driver.ts";

/** Whose forwards are that a VM's own definition names: no app can be called so. */
export const definedForwards = "LocalVm";

/** Where the workstation listens. */
export type HostEnd = Omit<Forward, "guestPort">;

/** Why a VM cannot have such forwards; undefined where it can. Whether their ports are free is another question. */
export function problemWithForwards(forwards: readonly Forward[]): string | undefined {
  const problems = forwards.map(
    (forward, index) => problemOf(forward) ?? conflictOf(forward, forwards.slice(0, index)),
  );
  return problems.find((problem) => problem !== undefined);
}

const mostPorts = 65_535;

function problemOf({ hostAddress, hostPort, guestPort }: Forward): string | undefined {
  if (!isIPv4(hostAddress)) {
    return `ports of a local VM are forwarded from IPv4 addresses, as 127.0.0.1 or 0.0.0.0, not from the hostAddress ${hostAddress}`;
  }
  if (!isPort(guestPort)) return `the guestPort ${guestPort} is no port: 1 to ${mostPorts}`;
  if (hostPort === 0 || isPort(hostPort)) return undefined;
  return `the hostPort ${hostPort} is no port: 1 to ${mostPorts}, or 0 for one that is free`;
}

function isPort(port: number): boolean {
  return Number.isInteger(port) && port >= 1 && port <= mostPorts;
}

function conflictOf(forward: Forward, others: readonly Forward[]): string | undefined {
  const { guestPort, hostPort, protocol } = forward;
  for (const other of others) {
    if (hostPort !== 0 && collide(forward, other)) {
      return `port ${hostPort}/${protocol} of the workstation cannot lead to port ${other.guestPort} and to port ${guestPort} of the VM`;
    }
    // Which of the two has which port could not be told.
    if (hostPort === 0 && other.hostPort === 0 && other.guestPort === guestPort && other.protocol === protocol) {
      return `port ${guestPort}/${protocol} of the VM is forwarded twice from any port`;
    }
  }
  return undefined;
}

const everywhere = "0.0.0.0";

/** Whether only one of two can be listened at. */
export function collide(one: HostEnd, other: HostEnd): boolean {
  return (
    one.hostPort === other.hostPort &&
    one.protocol === other.protocol &&
    (one.hostAddress === other.hostAddress || [one.hostAddress, other.hostAddress].includes(everywhere))
  );
}
