import type { ContainerSpec } from "../port.ts";
import type { Service } from "../../../modules/stackfile/model.ts";
import { networksByPriority } from "../../../modules/stackfile/network-order.ts";
import { defined, type EndpointBody } from "./body.ts";
import { namespace } from "./owners.ts";

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

/** The driver option that names the interface, as the engine's own command line sets it. */
const interfaceNameOption = "com.docker.network.endpoint.ifname";

export function networking(spec: ContainerSpec, api: number): Networking {
  const { network_mode: mode } = spec.definition;
  if (mode !== undefined) return withoutNetworks(namespace(spec, mode));
  const keys = networksByPriority(spec.definition.networks);
  const [main] = keys;
  if (main === undefined) return withoutNetworks("none");
  const attached = keys.map((key): readonly [string, EndpointBody] => {
    const macAddress =
      spec.definition.networks?.[key]?.mac_address ?? (key === main ? spec.definition.mac_address : undefined);
    return [spec.networks[key] ?? key, endpoint(spec, key, api >= allEndpointsApi ? macAddress : undefined)];
  });
  const { mac_address: ownAddress = spec.definition.mac_address } = spec.definition.networks?.[main] ?? {};
  return {
    mode: spec.networks[main] ?? main,
    endpoints: Object.fromEntries(api >= allEndpointsApi ? attached : attached.slice(0, 1)),
    attachments: Object.fromEntries(attached),
    macAddress: api >= allEndpointsApi ? undefined : ownAddress,
  };
}

function withoutNetworks(mode: string): Networking {
  return { mode, endpoints: {}, attachments: {}, macAddress: undefined };
}

/**
 * `NAME:ALIAS`. A link to a service leads to the name of that service on the networks, so that it goes on to lead to its containers
 * when they are replaced.
 */
function linksOf({ links = [], external_links: externalLinks = [] }: Service): readonly string[] {
  return [...links, ...externalLinks].map((link) => {
    const [name = "", alias = name] = link.split(":");
    return `${name}:${alias}`;
  });
}

function endpoint(spec: ContainerSpec, key: string, macAddress: string | undefined): EndpointBody {
  const attachment = spec.definition.networks?.[key] ?? {};
  const links = linksOf(spec.definition);
  const { interface_name: interfaceName } = attachment;
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
    Links: links.length === 0 ? undefined : links,
    DriverOpts:
      interfaceName === undefined
        ? attachment.driver_opts
        : { [interfaceNameOption]: interfaceName, ...attachment.driver_opts },
    MacAddress: macAddress,
    GwPriority: attachment.gw_priority,
  });
}
