import type { Network, Service } from "../../../modules/stackfile/model.ts";
import { networksByPriority } from "../../../modules/stackfile/network-order.ts";
import { RuntimeError } from "../errors.ts";
import type { Wanted } from "../port.ts";

interface Requirement<Part> {
  readonly key: string;
  /** Minor number of the API version that has it, and the engine that came with it. */
  readonly api: number;
  readonly engine: string;
  readonly used: (part: Part) => boolean;
}

const ofServices: readonly Requirement<Service>[] = [
  { key: "annotations", api: 43, engine: "24.0", used: ({ annotations }) => annotations !== undefined },
  {
    key: "healthcheck.start_interval",
    api: 44,
    engine: "25.0",
    used: ({ healthcheck }) => healthcheck?.start_interval !== undefined,
  },
  {
    key: "volumes.volume.subpath",
    api: 45,
    engine: "26.0",
    used: ({ volumes = [] }) => volumes.some((mount) => mount.volume?.subpath !== undefined),
  },
  {
    key: "volumes.bind.recursive",
    api: 44,
    engine: "25.0",
    used: ({ volumes = [] }) =>
      volumes.some(({ bind }) => bind?.recursive === "writable" || bind?.recursive === "readonly"),
  },
  {
    key: "networks.mac_address of more than the first network",
    api: 44,
    engine: "25.0",
    used: ({ networks = {} }) =>
      networksByPriority(networks)
        .slice(1)
        .some((key) => networks[key]?.mac_address !== undefined),
  },
  {
    key: "networks.interface_name",
    api: 49,
    engine: "28.1",
    used: ({ networks = {} }) => Object.values(networks).some((network) => network?.interface_name !== undefined),
  },
  {
    key: "networks.gw_priority",
    api: 48,
    engine: "28.0",
    used: ({ networks = {} }) => Object.values(networks).some((network) => network?.gw_priority !== undefined),
  },
];

const ofNetworks: readonly Requirement<Network>[] = [
  { key: "enable_ipv4", api: 48, engine: "28.0", used: ({ enable_ipv4 }) => enable_ipv4 !== undefined },
];

/** What an engine would leave out without a word. */
export function lackingIn({ services, networks }: Wanted, api: number): readonly string[] {
  const lines = <Part>(parts: Readonly<Record<string, Part>>, requirements: readonly Requirement<Part>[], of: string) =>
    Object.entries(parts).flatMap(([key, part]) =>
      missing(part, requirements, api).map((reason) => `${of}${key}: ${reason}`),
    );
  return [...lines(services, ofServices, ""), ...lines(networks, ofNetworks, "network ")];
}

/**
 * Refuses a container that the engine has made without a limit that was asked for, because the host's kernel has no such limit.
 * Source of the texts: moby, daemon/daemon_unix.go, `verifyPlatformContainerResources`.
 */
export function requireNothingDiscarded(warnings: readonly string[]): void {
  const discarded = warnings.filter((text) => /discarded/i.test(text));
  if (discarded.length > 0) throw new RuntimeError("unsupported", discarded.join(" "));
}

/** Refuses a service that the engine would make without a part of it. */
export function requireSupport(service: Service, api: number): void {
  refuse(missing(service, ofServices, api));
}

/** Refuses a network that the engine would make without a part of it. */
export function requireNetworkSupport(network: Network, api: number): void {
  refuse(missing(network, ofNetworks, api));
}

function missing<Part>(part: Part, requirements: readonly Requirement<Part>[], api: number): readonly string[] {
  return requirements
    .filter((requirement) => requirement.api > api && requirement.used(part))
    .map(({ key, engine }) => `${key} needs Docker Engine ${engine} or newer on the host`);
}

function refuse(reasons: readonly string[]): void {
  if (reasons.length > 0) throw new RuntimeError("unsupported", reasons.join("; "));
}
