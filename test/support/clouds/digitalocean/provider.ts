import type { ProviderDefinition } from "../../../../modules/provider/kit/server.ts";
import type { Account } from "./client.ts";
import { droplet, sshKey } from "./droplet.ts";
import { firewall } from "./firewall.ts";
import { lookups } from "./lookups.ts";
import { tag } from "./tag.ts";
import { reservedIp, reservedIpAssignment } from "./reserved-ip.ts";
import { volume, volumeAttachment } from "./volume.ts";

/**
 * A provider `digitalocean` for tests: the types that `DropletHost` makes, as requests of DigitalOcean's HTTP API. An argument that it
 * does not know is an error, and so is a change that it cannot make.
 */
export function digitaloceanProvider(account: Account): ProviderDefinition {
  const types = [sshKey, droplet, tag, firewall, volume, volumeAttachment, reservedIp, reservedIpAssignment];
  const resources = types.map((make) => make(account));
  return { name: "digitalocean", version: "4.80.1", resources, functions: lookups(account) };
}
