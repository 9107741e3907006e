import type { ContainerSpec } from "../port.ts";
import type { Service } from "../../../modules/stackfile/model.ts";
import { defined, type EndpointBody } from "./body.ts";

/** Since this API version a container is created on all its networks at once; before, on one, and connected to the others. */
const allEndpointsApi = 44;

export interface Networking {
  readonly mode: string;
  /** By name of the network on the engine; part of the create call. */
  readonly endpoints: Readonly<Record<string, EndpointBody>>;
  /** All networks that the container must be on before its first start. */
  readonly attachments: Readonly<Record<string, EndpointBody>>;
  /** Engines before API 1.44 take the MAC address of the first network here. */
  readonly macAddress: string | undefined;
}

/** @param containerOf id of a container of another service of the app, for `network_mode: service:x`. */
export function networking(spec: ContainerSpec, api: number, containerOf: (service: string) => string): Networking {
  const { network_mode: mode } = spec.definition;
  if (mode !== undefined) {
    return { mode: namespace(mode, containerOf), endpoints: {}, attachments: {}, macAddress: undefined };
  }
  const attached = byPriority(spec.definition).map(
    (key) => [spec.networks[key] ?? key, endpoint(spec, key, api)] as const,
  );
  const [first] = attached;
  if (first === undefined) return { mode: "none", endpoints: {}, attachments: {}, macAddress: undefined };
  const atOnce = api >= allEndpointsApi ? attached : [first];
  const macAddress = spec.definition.networks?.[byPriority(spec.definition)[0] ?? ""]?.mac_address;
  return {
    mode: first[0],
    endpoints: Object.fromEntries(atOnce),
    attachments: Object.fromEntries(attached),
    macAddress: api >= allEndpointsApi ? undefined : macAddress,
  };
}

/** `service:x` of `network_mode`, `pid` and `ipc` becomes the id of its container; anything else is the engine's own word. */
export function namespace(mode: string, containerOf: (service: string) => string): string {
  return mode.startsWith("service:") ? `container:${containerOf(mode.slice("service:".length))}` : mode;
}

/** Services whose containers a service shares namespaces with. */
export function sharedServices({ network_mode: network, pid, ipc }: Service): readonly string[] {
  return [network, pid, ipc].flatMap((mode) =>
    mode?.startsWith("service:") === true ? [mode.slice("service:".length)] : [],
  );
}

/** The network with the highest priority gives the default route; then by name, as Compose does. */
function byPriority({ networks = {} }: Service): readonly string[] {
  const priority = (key: string): number => networks[key]?.priority ?? 0;
  return Object.keys(networks).sort((one, other) => priority(other) - priority(one) || (one < other ? -1 : 1));
}

function endpoint(spec: ContainerSpec, key: string, api: number): EndpointBody {
  const attachment = spec.definition.networks?.[key] ?? {};
  const ipam = {
    IPv4Address: attachment.ipv4_address,
    IPv6Address: attachment.ipv6_address,
    LinkLocalIPs: attachment.link_local_ips,
  };
  return defined<EndpointBody>({
    Aliases: [...new Set([spec.name, spec.service, ...(attachment.aliases ?? [])])],
    IPAMConfig: Object.values(ipam).some((value) => value !== undefined)
      ? defined<NonNullable<EndpointBody["IPAMConfig"]>>(ipam)
      : undefined,
    DriverOpts: attachment.driver_opts,
    MacAddress: api >= allEndpointsApi ? attachment.mac_address : undefined,
    GwPriority: attachment.gw_priority,
  });
}
