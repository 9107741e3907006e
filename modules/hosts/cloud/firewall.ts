import { z } from "zod";
import { databasesAt } from "../publishing/databases.ts";
import { nameOfPort, portsOf, type PublishedPort } from "../publishing/fixed-ports.ts";
import { checkAllowPublic } from "../publishing/allow-public.ts";
import { refuse } from "../validate.ts";
import { checkRanges, isWorld, world } from "./ranges.ts";

/** Arguments about who may reach a host: the same in every cloud. */
export interface FirewallArgs {
  /** Address ranges that may reach SSH: `["203.0.113.0/24"]`. Default: the whole world, with a warning. A change is an update. */
  readonly sshFrom?: readonly string[] | undefined;
  /** Address ranges that may reach what apps publish. Default: the whole world. A change is an update. */
  readonly publishTo?: readonly string[] | undefined;
  /** Ports of databases that may be open to the world all the same, as published: `[5432]`. Default: none. */
  readonly allowPublic?: readonly number[] | undefined;
}

export const firewallShape = {
  sshFrom: z.array(z.string()).optional(),
  publishTo: z.array(z.string()).optional(),
  allowPublic: z.array(z.number()).optional(),
};

/** Who may reach a host, with nothing left open. */
export interface Firewall {
  readonly sshFrom: readonly string[];
  readonly publishTo: readonly string[];
  readonly allowPublic: readonly number[];
}

/** Fills in the defaults. @throws where a range or a port is none */
export function firewallOf(where: string, args: FirewallArgs): Firewall {
  const { sshFrom = world, publishTo = world, allowPublic = [] } = args;
  checkRanges(where, "sshFrom", sshFrom);
  checkRanges(where, "publishTo", publishTo);
  checkAllowPublic(where, allowPublic);
  if (sshFrom.length === 0) refuse(where, "sshFrom", "is empty: the program itself comes over SSH");
  return { sshFrom, publishTo, allowPublic };
}

/** What a person should know before it is made; empty where all is well. */
export function warningsOf({ sshFrom }: Firewall): readonly string[] {
  if (!isOpenToWorld(sshFrom)) return [];
  return ['SSH is open to the world, for its key alone; sshFrom: ["YOUR.ADDRESS/32"] lets only you in'];
}

/**
 * Refuses what must not be seen by the world: a database that is published is mostly a mistake, and found within minutes. And the port of SSH, which
 * is the host's own: `sshFrom` says who may reach it, not an app.
 */
export function checkPublished(
  app: string,
  ports: readonly PublishedPort[],
  { publishTo, allowPublic }: Firewall,
): void {
  for (const { service, from, to, target, protocol } of ports) {
    if (protocol !== "tcp" || from > sshPort || to < sshPort) continue;
    refuse(
      `App ${app}`,
      `services.${service}.ports`,
      `publishes port ${sshPort}, where the SSH server of the host listens, which sshFrom opens: "2222:${target}" is another one`,
    );
  }
  if (!isOpenToWorld(publishTo)) return;
  for (const port of ports) {
    const { service, from, to, target } = port;
    for (const { what, at } of databasesAt({ ...port, published: { kind: "fixed", from, to } })) {
      if (allowPublic.includes(at)) continue;
      refuse(
        `App ${app}`,
        `services.${service}.ports`,
        `publishes ${what} on port ${portsOf(port)} to the whole world. Other services of the app reach it without a published port; ` +
          `"127.0.0.1:${from}:${target}" keeps it to the host; publishTo on the host names who may reach it; allowPublic: [${at}] there says that it is meant`,
      );
    }
  }
}

/** `shop opens 80/tcp to the whole world`; empty where an app publishes nothing. */
export function openingOf(app: string, ports: readonly PublishedPort[], to: readonly string[]): readonly string[] {
  if (ports.length === 0) return [];
  const names = ports.map(nameOfPort).join(", ");
  return [to.length === 0 ? `${app} publishes ${names}, open to nobody` : `${app} opens ${names} to ${peopleIn(to)}`];
}

/** Address ranges as a person reads them. */
export function peopleIn(ranges: readonly string[]): string {
  return world.every((range) => ranges.includes(range)) ? "the whole world" : ranges.join(", ");
}

const sshPort = 22;

function isOpenToWorld(ranges: readonly string[]): boolean {
  return ranges.some(isWorld);
}
