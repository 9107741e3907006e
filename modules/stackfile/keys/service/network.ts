import { networkNames, oneOrMore, sameText } from "../../forms/collections.ts";
import { expandPort, exposedPort, portIdentity, shownPort } from "../../forms/ports.ts";
import { distinctStrings, mergedStrings, namedStrings, namePattern, options } from "../common.ts";
import { hardwareAddress, hostName, ipAddress, ipv4Address, ipv6Address, nameServer } from "../engine.ts";
import { port } from "../mounts.ts";
import {
  dictionary,
  hosts,
  impossibleBeside,
  type KeyTable,
  list,
  mapping,
  strictNumber,
  string,
  text,
} from "../../shapes/shape.ts";

const noNetworks = {
  reason: "it is about networks, and network_mode takes their place",
  instead: "name networks in place of network_mode",
};

const attachment = mapping(
  {
    aliases: namedStrings,
    ipv4_address: string({ runs: ipv4Address }),
    ipv6_address: string({ runs: ipv6Address }),
    link_local_ips: { ...namedStrings, of: string({ keepsZero: true, runs: ipAddress }) },
    mac_address: string({ runs: hardwareAddress }),
    driver_opts: options,
    priority: strictNumber(),
    gw_priority: strictNumber(),
    interface_name: string(),
  },
  { or: ["null"] },
);

/** How it is reached, and whom it reaches. */
export const network: KeyTable = {
  ports: list(port, { expand: expandPort, identity: portIdentity, shown: shownPort, distinct: true }),
  expose: list(text({ accepts: ["string", "number"], keepsZero: true, runs: { pattern: exposedPort } }), {
    identity: sameText,
    distinct: true,
  }),
  networks: dictionary(attachment, {
    asList: "names",
    merge: "names",
    longForm: networkNames,
    passes: "scalars",
    names: namePattern,
    expected: "a map or a list of networks",
  }),
  network_mode: string({
    keepsZero: true,
    runs: { refused: { disabled: { reason: "the engine has no such mode", instead: "write none" } } },
  }),
  hostname: string({ runs: hostName }),
  domainname: string(),
  extra_hosts: hosts,
  dns: {
    ...mergedStrings,
    of: string({ keepsZero: true, runs: nameServer }),
    longForm: oneOrMore,
    passes: "everything",
    dropsEmpty: true,
  },
  dns_search: mergedStrings,
  dns_opt: { ...namedStrings, merge: "pairs" },
  links: impossibleBeside("network_mode", namedStrings, noNetworks),
  external_links: impossibleBeside("network_mode", distinctStrings, noNetworks),
  mac_address: impossibleBeside("network_mode", string({ runs: hardwareAddress }), noNetworks),
};
