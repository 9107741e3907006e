import * as z from "zod";
import { labels } from "../../../modules/protocol/api.ts";
import { RuntimeError } from "../errors.ts";
import type { NetworkSpec } from "../port.ts";
import { createdSchema, listedNetworkSchema } from "./answers.ts";
import type { EngineClient } from "./client.ts";
import { isEngineStatus } from "./errors.ts";
import { networkLabels } from "./labels.ts";
import { requireNetworkSupport } from "./requirements.ts";

const networksSchema = z.array(listedNetworkSchema);

/** Names of networks are not unique, and the filter matches parts of them. */
async function networksNamed(engine: EngineClient, name: string, signal: AbortSignal) {
  const query = { filters: JSON.stringify({ name: [name] }) };
  const listed = await engine.json(networksSchema, { method: "GET", path: "/networks", query, signal });
  return listed.filter((network) => network.Name === name);
}

export async function createNetwork(engine: EngineClient, spec: NetworkSpec, signal: AbortSignal): Promise<void> {
  const { network, app, fingerprint } = spec;
  requireNetworkSupport(network, await engine.api(signal));
  const existing = await networksNamed(engine, network.name, signal);
  if (existing.length > 0) {
    const ours = existing.every(
      ({ Labels: found }) => found[labels.app] === app && found[labels.fingerprint] === fingerprint,
    );
    if (ours) return;
    throw new RuntimeError("conflict", `another network has the name ${network.name}`);
  }
  const body = networkBody(spec);
  await engine.json(createdSchema, { method: "POST", path: "/networks/create", body, signal });
}

/** The create call of a network. */
export function networkBody(spec: NetworkSpec): object {
  const { network } = spec;
  const { ipam } = network;
  return {
    Name: network.name,
    CheckDuplicate: true,
    Driver: network.driver,
    Options: network.driver_opts,
    Internal: network.internal,
    Attachable: network.attachable,
    EnableIPv4: network.enable_ipv4,
    EnableIPv6: network.enable_ipv6,
    Labels: networkLabels(spec),
    IPAM: ipam && {
      Driver: ipam.driver,
      Options: ipam.options,
      Config: ipam.config?.map((pool) => ({
        Subnet: pool.subnet,
        Gateway: pool.gateway,
        IPRange: pool.ip_range,
        AuxiliaryAddresses: pool.aux_addresses,
      })),
    },
  };
}

export async function removeNetwork(engine: EngineClient, name: string, signal: AbortSignal): Promise<void> {
  for (const { Id: id, Labels: found } of await networksNamed(engine, name, signal)) {
    if (found[labels.app] === undefined) throw new RuntimeError("conflict", `network ${name} is not ours`);
    try {
      await engine.send({ method: "DELETE", path: `/networks/${id}`, signal });
    } catch (error) {
      if (isEngineStatus(error, 404)) continue;
      throw error;
    }
  }
}
