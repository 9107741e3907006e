import type { AppSource } from "../host.ts";
import { refuse } from "../validate.ts";
import { publicationsOf, type Publication } from "./publications.ts";

/** Ports that an app publishes at its host's address: one, or a range that the engine chooses from. */
export interface PublishedPort extends Omit<Publication, "published"> {
  readonly from: number;
  readonly to: number;
}

/**
 * What an app publishes, for a firewall that opens it.
 *
 * @throws where a port cannot be known: a firewall cannot open it
 */
export function fixedPorts(app: AppSource): readonly PublishedPort[] {
  const where = `App ${app.name}`;
  const { publications, hidden } = publicationsOf(app);
  if (hidden === "variables" || hidden === "secrets") {
    refuse(where, hidden, "is one output: behind a firewall give an object, whose values may be outputs");
  }
  if (hidden !== undefined) refuse(where, hidden, notKnown);
  return publications.map((publication) => fixed(where, publication));
}

const notKnown = "is not known before up: behind the firewall of its host a port is written out";

function fixed(where: string, { published, ...port }: Publication): PublishedPort {
  const argument = `services.${port.service}.ports`;
  switch (published.kind) {
    case "fixed":
      return { ...port, from: published.from, to: published.to };
    case "later":
      return refuse(where, argument, notKnown);
    case "free": {
      const { target } = port;
      const fix = `"8080:${target}" fixes it, "127.0.0.1::${target}" keeps it to the host`;
      return refuse(
        where,
        argument,
        `leaves the port for ${target} open, and the firewall of its host opens none by chance: ${fix}`,
      );
    }
  }
}

/** What a firewall opens for them: it does not tell addresses of its host apart, nor services that share a range. */
export function openingsFor(ports: readonly PublishedPort[]): readonly PublishedPort[] {
  return [...new Map(ports.map((port) => [nameOfPort(port), port])).values()];
}

/** `8080/tcp`, `8000-8010/udp`. */
export function nameOfPort(port: Pick<PublishedPort, "from" | "to" | "protocol">): string {
  return `${portsOf(port)}/${port.protocol}`;
}

export function portsOf({ from, to }: Pick<PublishedPort, "from" | "to">): string {
  return from === to ? String(from) : `${from}-${to}`;
}
