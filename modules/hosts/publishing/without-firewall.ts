import type * as pulumi from "@pulumi/pulumi";
import { isPrivateAddress, isUnspecified } from "../../system/addresses.ts";
import type { AppSource } from "../host.ts";
import { refuse } from "../validate.ts";
import { databasesAt, type PublishedDatabase } from "./databases.ts";
import { nameOfPort } from "./fixed-ports.ts";
import { publicationsOf, type Publication } from "./publications.ts";

/** A host of which nobody knows what is before it: whatever is published there counts as open. */
export interface OpenHost {
  readonly address: pulumi.Input<string>;
  /** Ports of databases that may be open to the world all the same. */
  readonly allowPublic: readonly number[];
}

/** What an app publishes there, to be told to people. */
export interface Exposed {
  readonly ports: readonly string[];
  readonly warnings: readonly string[];
}

/**
 * What an app publishes on such a host. An address that is private, of the host or of the port, leads nobody in from the internet; another name, and
 * an address that is known later, may.
 *
 * @throws where it is a database that the world may reach
 */
export function exposedBy(app: AppSource, { address, allowPublic }: OpenHost): Exposed {
  const { publications, onHostNetwork, hidden } = publicationsOf(app);
  const isOpen = typeof address !== "string" || !isPrivateAddress(address);
  const open = publications.filter((port) =>
    port.address === undefined || isUnspecified(port.address) ? isOpen : !isPrivateAddress(port.address),
  );
  for (const port of open) refuseDatabases(app.name, port, allowPublic);
  const ports = publications.map(nameOf);
  if (!isOpen) return { ports, warnings: [] };
  for (const { exposed } of onHostNetwork) for (const port of exposed) refuseListening(app.name, port, allowPublic);
  return {
    ports,
    warnings: [
      ...(hidden === undefined
        ? []
        : [`App ${app.name}: ${hidden} is not known before up: nobody looks whether it publishes a database`]),
      ...onHostNetwork.map(
        ({ service }) =>
          `App ${app.name}: services.${service}.network_mode is host: whoever reaches the host reaches what it listens on, and nobody looks whether that is a database`,
      ),
    ],
  };
}

function refuseListening(app: string, port: Publication, allowPublic: readonly number[]): void {
  const database = notAllowed(port, allowPublic);
  if (database === undefined) return;
  const { what, at } = database;
  refuse(
    `App ${app}`,
    `services.${port.service}.network_mode`,
    `is host, so ${what} (${nameOf(port)}) listens where the whole world may reach it. On a network of the app other services reach it; ${meant(at)}`,
  );
}

function notAllowed(port: Publication, allowPublic: readonly number[]): PublishedDatabase | undefined {
  return databasesAt(port).find(({ at }) => !allowPublic.includes(at));
}

function meant(at: number): string {
  return `allowPublic: [${at}] on the host (stackhouse up --allow-public ${at}) says that it is meant, or that a firewall is before it`;
}

function refuseDatabases(app: string, port: Publication, allowPublic: readonly number[]): void {
  const { service, target, published } = port;
  const database = notAllowed(port, allowPublic);
  if (database === undefined) return;
  const { what, at } = database;
  const from = published.kind === "fixed" ? String(published.from) : "";
  refuse(
    `App ${app}`,
    `services.${service}.ports`,
    `publishes ${what} (${nameOf(port)}) where the whole world may reach it. Other services of the app reach it without a published port; ` +
      `"127.0.0.1:${from}:${target}" keeps it to the host, a private address of the host to its network; ` +
      meant(at),
  );
}

/** `80/tcp`, `a free port for 8080/tcp of 10.0.0.5`. */
function nameOf({ published, target, protocol, address }: Publication): string {
  const of = address === undefined ? "" : ` of ${address}`;
  switch (published.kind) {
    case "fixed":
      return `${nameOfPort({ ...published, protocol })}${of}`;
    case "free":
      return `a free port for ${target}/${protocol}${of}`;
    case "later":
      return `a port for ${target}/${protocol}${of} that is not known yet`;
  }
}
