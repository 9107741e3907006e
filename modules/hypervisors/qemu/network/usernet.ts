import { StackhouseError } from "../../../base/errors.ts";
import type { Forward } from "../../driver.ts";
import type { StoredForward } from "../folder.ts";
import type { Monitor } from "../program/qmp.ts";

/** Id of the user-mode network that forwards are added to. */
export const networkId = "n0";

/** The guest's address in QEMU's user-mode network. */
export const guestAddress = "10.0.2.15";

/** `tcp:127.0.0.1:8080-10.0.2.15:80`, in QEMU's words. */
export function forwardRule({ protocol, hostAddress, hostPort, guestPort }: Forward): string {
  return `${hostEnd({ protocol, hostAddress, hostPort })}-${guestAddress}:${guestPort}`;
}

function hostEnd({ protocol, hostAddress, hostPort }: Omit<Forward, "guestPort">): string {
  return `${protocol}:${hostAddress}:${hostPort}`;
}

/** QEMU could not bind the port of the workstation. */
export class ForwardRefused extends Error {
  readonly forward: StoredForward;

  constructor(forward: StoredForward, answer: string) {
    super(answer);
    this.forward = forward;
  }
}

/**
 * Makes the forwards of a running VM exactly these, from whatever they are: a run that was killed in the middle may have left
 * others. Where QEMU refuses one they are put back as they were, and `ForwardRefused` is thrown.
 */
export async function applyForwards(monitor: Monitor, wanted: readonly StoredForward[]): Promise<void> {
  const open = parseUsernet(await monitor.human("info usernet"));
  const rules = new Set(wanted.map(forwardRule));
  const closing = open.filter((forward) => !rules.has(forwardRule(forward)));
  const openRules = new Set(open.map(forwardRule));
  const opening = wanted.filter((forward) => !openRules.has(forwardRule(forward)));
  for (const forward of closing) await remove(monitor, forward);
  const opened: Forward[] = [];
  for (const forward of opening) {
    const answer = await add(monitor, forward);
    if (answer !== "") {
      for (const done of opened) await remove(monitor, done);
      for (const old of closing) await add(monitor, old);
      throw new ForwardRefused(forward, answer);
    }
    opened.push(forward);
  }
}

/** Gives what QEMU says against it; nothing where it did. Errors of this monitor are text and not errors. */
async function add(monitor: Monitor, forward: Forward): Promise<string> {
  return (await monitor.human(`hostfwd_add ${networkId} ${forwardRule(forward)}`)).trim();
}

async function remove(monitor: Monitor, forward: Forward): Promise<void> {
  const answer = await monitor.human(`hostfwd_remove ${networkId} ${hostEnd(forward)}`);
  if (/removed|not found/.test(answer)) return;
  throw new StackhouseError("internal", `QEMU does not close a forward: ${answer.trim()}`);
}

/** The forwards in QEMU's `info usernet`. Its address for all addresses is `*`. Text observed with QEMU 7.2. */
export function parseUsernet(text: string): readonly Forward[] {
  const row = /^\s*(TCP|UDP)\[HOST_FORWARD\]\s+\d+\s+(\S+)\s+(\d+)\s+\S+\s+(\d+)\s/gm;
  return [...text.matchAll(row)].map(([, protocol, address, hostPort, guestPort]) => ({
    protocol: protocol === "UDP" ? "udp" : "tcp",
    hostAddress: address === undefined || address === "*" ? "0.0.0.0" : address,
    hostPort: Number(hostPort),
    guestPort: Number(guestPort),
  }));
}
