import type { BoundForward } from "../../../hypervisors/driver.ts";
import type { AppStatus, PublishedPort, ServiceStatus } from "../../../protocol/app.ts";
import { own } from "../../../stackfile/own.ts";
import type { AppInputs, AppOutputs } from "../schema.ts";

/** Forwards of the app; undefined where the host is reached at its own address. */
export type Forwards = readonly BoundForward[] | undefined;

/** What an app is known by, whatever runs. */
export function identityOutputs(
  inputs: AppInputs,
): Pick<AppOutputs, "hostId" | "connection" | "exposure" | "name" | "fingerprints" | "modelDigest"> {
  const { hostId, connection, exposure, name, fingerprints, modelDigest } = inputs;
  return { hostId, connection, exposure, name, fingerprints, modelDigest };
}

export function outputsOf(inputs: AppInputs, status: AppStatus, forwards: Forwards): AppOutputs {
  return { ...identityOutputs(inputs), ...observedOutputs(inputs, status, forwards) };
}

/** The outputs that are seen on the host. Every service of the model is among them, and those that still run of an older one. */
export function observedOutputs(
  inputs: Pick<AppInputs, "connection" | "fingerprints">,
  status: AppStatus,
  forwards: Forwards,
): Pick<AppOutputs, "release" | "services" | "networks" | "volumes"> {
  const names = [...new Set([...Object.keys(inputs.fingerprints), ...Object.keys(status.services)])].sort();
  return {
    release: status.release ?? "",
    services: Object.fromEntries(
      names.map((name) => [name, serviceOutputs(own(status.services, name), inputs.connection.address, forwards)]),
    ),
    networks: status.networks,
    volumes: status.volumes,
  };
}

type ServiceOutputs = AppOutputs["services"][string];
type PortOutputs = ServiceOutputs["ports"][number];

function serviceOutputs(service: ServiceStatus | undefined, hostAddress: string, forwards: Forwards): ServiceOutputs {
  const ports = new Map<string, PortOutputs>();
  for (const port of service?.ports ?? []) {
    const reached = reachedAt(port, hostAddress, forwards);
    if (reached !== undefined) ports.set(`${reached.port}/${reached.protocol}`, reached);
  }
  const listed = [...ports.values()];
  const web = listed.find(({ protocol }) => protocol === "tcp");
  return {
    state: service?.state ?? "absent",
    imageDigest: service?.imageDigest ?? "",
    ports: listed,
    url: web === undefined ? "" : `http://${bracketed(web.address)}:${web.port}`,
  };
}

function reachedAt(port: PublishedPort, hostAddress: string, forwards: Forwards): PortOutputs | undefined {
  const { published, target, protocol } = port;
  if (forwards === undefined) return { address: hostAddress, port: published, target, protocol };
  const bound = forwards.find((forward) => forward.guestPort === published && forward.protocol === protocol);
  return bound && { address: bound.hostAddress, port: bound.hostPort, target, protocol };
}

function bracketed(address: string): string {
  return address.includes(":") ? `[${address}]` : address;
}
