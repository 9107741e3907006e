import { actOnAddress, answerAddress } from "./address-routes.ts";
import { actOnDroplet, answerDroplet } from "./droplet-routes.ts";
import { answerFirewall } from "./firewall-routes.ts";
import { answerKey } from "./key-routes.ts";
import { missing, type Reply } from "./replies.ts";
import { Store } from "./store.ts";
import { answerTag } from "./tag-routes.ts";
import { actOnVolume, answerVolume } from "./volume-routes.ts";

export interface Request {
  readonly method: string;
  /** After `/v2/`, part by part. */
  readonly path: readonly string[];
  readonly body: unknown;
}

/**
 * DigitalOcean's API on things in memory: the routes that a droplet needs. What is asked for takes a few looks.
 * Source: https://docs.digitalocean.com/reference/api, and the waits of terraform-provider-digitalocean.
 */
export class EmulatedCloud extends Store {
  answer({ method, path: [kind = "", ...rest], body }: Request): Reply {
    if (kind === "account") return answerKey(this, { method, id: rest[1], body });
    const [id, sub] = rest;
    const wish = { method, id, body };
    const acts = sub === "actions";
    switch (kind) {
      case "droplets":
        return acts ? actOnDroplet(this, Number(id), body) : answerDroplet(this, wish);
      case "actions":
        return this.look(Number(id)) ?? missing;
      case "firewalls":
        return answerFirewall(this, wish);
      case "volumes":
        return acts ? actOnVolume(this, id ?? "", body) : answerVolume(this, wish);
      case "regions":
        return { status: 200, body: { regions } };
      case "tags":
        return answerTag(this, { ...wish, things: sub === "resources" });
      case "reserved_ips":
        return acts ? actOnAddress(this, id ?? "", body) : answerAddress(this, wish);
      default:
        return missing;
    }
  }

  /** All that is in the account: `droplet 1001`, `volume …`. */
  inventory(): readonly string[] {
    const droplets = [...this.droplets.values()].filter(({ leaving }) => leaving === undefined);
    return [
      ...droplets.map(({ id }) => `droplet ${id}`),
      ...[...this.keys.keys()].map((id) => `key ${id}`),
      ...[...this.firewalls.keys()].map((id) => `firewall ${id}`),
      ...[...this.volumes.keys()].map((id) => `volume ${id}`),
      ...[...this.addresses.keys()].map((ip) => `address ${ip}`),
      ...[...this.tags].map((name) => `tag ${name}`),
    ];
  }

  /** Whether a droplet runs behind an address, its own or a reserved one. */
  isActiveAt(address: string): boolean {
    const owner = this.addresses.get(address);
    return [...this.droplets.values()].some(
      (droplet) =>
        droplet.status === "active" &&
        droplet.leaving === undefined &&
        (droplet.address === address || droplet.id === owner),
    );
  }
}

/** Closed ones show no sizes. Source: "List All Data Center Regions" of the API's reference. */
const regions = [
  ...["fra1", "nyc3", "ams3"].map((slug) => ({ slug, available: true, sizes: ["s-1vcpu-2gb", "s-2vcpu-4gb"] })),
  { slug: "nyc2", available: false, sizes: [] },
];
