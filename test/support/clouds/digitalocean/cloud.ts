import { randomUUID } from "node:crypto";
import {
  actionSchema,
  dropletSchema,
  firewallSchema,
  keySchema,
  volumeSchema,
  type Action,
  type Droplet,
  type Firewall,
  type Key,
  type Volume,
} from "./things.ts";

/** What a request gets. */
export interface Reply {
  readonly status: number;
  readonly body?: unknown;
}

export interface Request {
  readonly method: string;
  /** After `/v2/`, part by part. */
  readonly path: readonly string[];
  readonly body: unknown;
}

/** How often one must look at what was just asked for until it is so. */
const looks = 2;

/**
 * DigitalOcean's API on things in memory: the routes that a droplet needs. What is asked for takes a few looks, a droplet that is
 * deleted still shows for a while, and one that was just made does not show at once.
 * Source: https://docs.digitalocean.com/reference/api, and the waits of terraform-provider-digitalocean.
 */
export class EmulatedCloud {
  readonly droplets = new Map<number, Droplet>();
  readonly keys = new Map<number, Key>();
  readonly firewalls = new Map<string, Firewall>();
  readonly volumes = new Map<string, Volume>();
  /** Reserved addresses, and whose they are. */
  readonly addresses = new Map<string, number | undefined>();
  readonly #actions = new Map<number, Action>();
  /** Asked for and not shown yet. */
  readonly #unseen = new Set<number>();
  #last = 1000;

  answer({ method, path: [kind = "", ...rest], body }: Request): Reply {
    if (kind === "account") return this.#key(method, rest[1], body);
    const [id, sub] = rest;
    switch (kind) {
      case "droplets":
        return sub === "actions" ? this.#actOnDroplet(Number(id), body) : this.#droplet(method, id, body);
      case "actions":
        return this.#action(Number(id));
      case "firewalls":
        return this.#firewall(method, id, body);
      case "volumes":
        return sub === "actions" ? this.#actOnVolume(id ?? "", body) : this.#volume(method, id, body);
      case "reserved_ips":
        return sub === "actions" ? this.#actOnAddress(id ?? "", body) : this.#address(method, id);
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

  /** An empty account. */
  reset(): void {
    for (const things of [this.droplets, this.keys, this.firewalls, this.volumes, this.addresses]) things.clear();
  }

  /** As a person does it in the control panel. */
  deleteDroplet(id: number): void {
    const droplet = this.droplets.get(id);
    if (droplet !== undefined) droplet.leaving ??= looks;
    for (const volume of this.volumes.values()) volume.droplet_ids = volume.droplet_ids.filter((one) => one !== id);
    for (const [ip, owner] of this.addresses) if (owner === id) this.addresses.set(ip, undefined);
    for (const firewall of this.firewalls.values()) {
      this.firewalls.set(firewall.id, {
        ...firewall,
        droplet_ids: firewall.droplet_ids.filter((one) => one !== id),
      });
    }
  }

  /** As if enough had been looked: what was deleted is gone. */
  settle(): void {
    for (const droplet of this.droplets.values()) if (droplet.leaving !== undefined) this.droplets.delete(droplet.id);
  }

  #key(method: string, id: string | undefined, body: unknown): Reply {
    if (method === "POST") {
      const given = keySchema.parse(body);
      const key: Key = { ...given, id: ++this.#last, fingerprint: `aa:bb:${this.#last}` };
      this.keys.set(key.id, key);
      return { status: 201, body: { ssh_key: key } };
    }
    const key = this.keys.get(Number(id));
    if (key === undefined) return missing;
    if (method === "GET") return { status: 200, body: { ssh_key: key } };
    this.keys.delete(key.id);
    return gone;
  }

  #droplet(method: string, id: string | undefined, body: unknown): Reply {
    if (method === "POST") {
      const given = dropletSchema.parse(body);
      const unknownKey = given.ssh_keys.find((one) => [...this.keys.values()].every((key) => key.fingerprint !== one));
      if (unknownKey !== undefined) return refused(`${unknownKey} are invalid key identifiers for Droplet creation`);
      const number = ++this.#last;
      const address = `127.100.${Math.floor(number / 250) % 250}.${(number % 250) + 1}`;
      const droplet: Droplet = { ...given, id: number, address, status: "new", pending: looks };
      this.droplets.set(number, droplet);
      this.#unseen.add(number);
      return { status: 202, body: { droplet: this.#shown(droplet) } };
    }
    const droplet = this.droplets.get(Number(id));
    if (droplet === undefined || this.#unseen.delete(droplet.id)) return missing;
    if (droplet.leaving === 0) {
      this.droplets.delete(droplet.id);
      return missing;
    }
    if (droplet.leaving !== undefined) droplet.leaving -= 1;
    if (method === "DELETE") {
      this.deleteDroplet(droplet.id);
      return gone;
    }
    if (droplet.status === "new" && --droplet.pending === 0) droplet.status = "active";
    return { status: 200, body: { droplet: this.#shown(droplet) } };
  }

  #shown(droplet: Droplet): unknown {
    const { id, name, size, tags, status, region, address } = droplet;
    const isNew = status === "new";
    const v4 = isNew ? [] : [{ ip_address: address, type: "public" }];
    const volume_ids = [...this.volumes.values()].flatMap((volume) =>
      volume.droplet_ids.includes(id) ? [volume.id] : [],
    );
    return {
      ...{ id, name, status, tags, volume_ids, locked: isNew, size_slug: size, region: { slug: region } },
      networks: { v4, v6: [] },
    };
  }

  #actOnDroplet(id: number, body: unknown): Reply {
    const droplet = this.droplets.get(id);
    if (droplet === undefined) return missing;
    const { type, size } = actionSchema.parse(body);
    const effects: Readonly<Record<string, (() => void) | undefined>> = {
      power_off: () => (droplet.status = "off"),
      shutdown: () => (droplet.status = "off"),
      power_on: () => (droplet.status = "active"),
      resize: () => (droplet.size = size ?? droplet.size),
      enable_backups: () => (droplet.backups = true),
      disable_backups: () => (droplet.backups = false),
    };
    const effect = effects[type];
    if (effect === undefined) return refused(`no action ${type}`);
    if (type === "resize" && droplet.status !== "off") return refused("Droplet must be powered off to resize");
    return this.#started(effect);
  }

  #firewall(method: string, id: string | undefined, body: unknown): Reply {
    if (method === "POST") {
      const firewall: Firewall = { ...firewallSchema.parse(body), id: randomUUID() };
      this.firewalls.set(firewall.id, firewall);
      return { status: 202, body: { firewall } };
    }
    const found = this.firewalls.get(id ?? "");
    if (found === undefined) return missing;
    if (method === "DELETE") {
      this.firewalls.delete(found.id);
      return gone;
    }
    const firewall = method === "PUT" ? { ...firewallSchema.parse(body), id: found.id } : found;
    this.firewalls.set(firewall.id, firewall);
    return { status: 200, body: { firewall } };
  }

  #volume(method: string, id: string | undefined, body: unknown): Reply {
    if (method === "POST") {
      const volume: Volume = { ...volumeSchema.parse(body), id: randomUUID(), droplet_ids: [] };
      this.volumes.set(volume.id, volume);
      return { status: 201, body: { volume } };
    }
    const volume = this.volumes.get(id ?? "");
    if (volume === undefined) return missing;
    if (method === "GET") return { status: 200, body: { volume } };
    if (volume.droplet_ids.length > 0) return { status: 409, body: { id: "conflict", message: "volume is attached" } };
    this.volumes.delete(volume.id);
    return gone;
  }

  #actOnVolume(id: string, body: unknown): Reply {
    const volume = this.volumes.get(id);
    if (volume === undefined) return missing;
    const { type, droplet_id: droplet = 0, size_gigabytes: size } = actionSchema.parse(body);
    switch (type) {
      case "attach":
        if (!this.droplets.has(droplet)) return missing;
        if (volume.droplet_ids.length > 0) return refused("the volume is attached to another droplet");
        return this.#started(() => (volume.droplet_ids = [droplet]));
      case "detach":
        return this.#started(() => (volume.droplet_ids = volume.droplet_ids.filter((one) => one !== droplet)));
      case "resize":
        return this.#started(() => (volume.size_gigabytes = size ?? volume.size_gigabytes));
      default:
        return refused(`no action ${type}`);
    }
  }

  #address(method: string, ip: string | undefined): Reply {
    if (method === "POST") {
      const made = `127.101.0.${(++this.#last % 250) + 1}`;
      this.addresses.set(made, undefined);
      return { status: 202, body: { reserved_ip: { ip: made, droplet: null } } };
    }
    if (ip === undefined || !this.addresses.has(ip)) return missing;
    const owner = this.addresses.get(ip);
    if (method === "GET") {
      return { status: 200, body: { reserved_ip: { ip, droplet: owner === undefined ? null : { id: owner } } } };
    }
    this.addresses.delete(ip);
    return gone;
  }

  #actOnAddress(ip: string, body: unknown): Reply {
    if (!this.addresses.has(ip)) return missing;
    const { type, droplet_id: droplet } = actionSchema.parse(body);
    if (type === "assign" && this.addresses.get(ip) !== undefined) return refused("the address is assigned already");
    return this.#started(() => this.addresses.set(ip, type === "assign" ? droplet : undefined));
  }

  #started(finish: () => unknown): Reply {
    const id = ++this.#last;
    this.#actions.set(id, { id, pending: looks, finish: () => void finish() });
    return { status: 201, body: { action: { id, status: "in-progress" } } };
  }

  #action(id: number): Reply {
    const action = this.#actions.get(id);
    if (action === undefined) return missing;
    if (action.pending > 0 && --action.pending === 0) action.finish();
    return { status: 200, body: { action: { id, status: action.pending > 0 ? "in-progress" : "completed" } } };
  }
}

const missing: Reply = {
  status: 404,
  body: { id: "not_found", message: "The resource you requested could not be found." },
};
const gone: Reply = { status: 204 };

function refused(message: string): Reply {
  return { status: 422, body: { id: "unprocessable_entity", message } };
}
