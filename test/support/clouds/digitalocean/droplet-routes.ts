import { gone, missing, refused, type Reply, type Wish } from "./replies.ts";
import { looks, type Store } from "./store.ts";
import { actionSchema, dropletSchema, type Droplet } from "./things.ts";

/** `/v2/droplets`: one that was just made does not show at once, and one that was deleted shows for a while. */
export function answerDroplet(store: Store, { method, id, body }: Wish): Reply {
  if (method === "POST") return made(store, body);
  const droplet = store.droplets.get(Number(id));
  if (droplet === undefined) return missing;
  if (droplet.unseen) {
    droplet.unseen = false;
    return missing;
  }
  if (droplet.leaving === 0) {
    store.droplets.delete(droplet.id);
    return missing;
  }
  if (droplet.leaving !== undefined) droplet.leaving -= 1;
  if (method === "DELETE") {
    store.deleteDroplet(droplet.id);
    return gone;
  }
  if (droplet.status === "new" && --droplet.pending === 0) droplet.status = "active";
  return { status: 200, body: { droplet: shown(store, droplet) } };
}

function made(store: Store, body: unknown): Reply {
  const given = dropletSchema.parse(body);
  const unknownKey = given.ssh_keys.find((one) => [...store.keys.values()].every((key) => key.fingerprint !== one));
  if (unknownKey !== undefined) return refused(`${unknownKey} are invalid key identifiers for Droplet creation`);
  for (const tag of given.tags) store.tags.add(tag);
  const id = store.next();
  const address = `127.100.${Math.floor(id / 250) % 250}.${(id % 250) + 1}`;
  const droplet: Droplet = { ...given, id, address, status: "new", pending: looks, unseen: true };
  store.droplets.set(id, droplet);
  return { status: 202, body: { droplet: shown(store, droplet) } };
}

function shown(store: Store, droplet: Droplet): unknown {
  const { id, name, size, tags, status, region, address } = droplet;
  const isNew = status === "new";
  const v4 = isNew ? [] : [{ ip_address: address, type: "public" }];
  const attached = [...store.volumes.values()].filter((volume) => volume.droplet_ids.includes(id));
  const volume_ids = attached.map((volume) => volume.id);
  const features = (["monitoring", "backups", "ipv6"] as const).filter((feature) => droplet[feature]);
  return {
    ...{ id, name, status, tags, volume_ids, locked: isNew, size_slug: size, region: { slug: region }, features },
    networks: { v4, v6: [] },
  };
}

/** `/v2/droplets/ID/actions`. */
export function actOnDroplet(store: Store, id: number, body: unknown): Reply {
  const droplet = store.droplets.get(id);
  if (droplet === undefined) return missing;
  const { type, size } = actionSchema.parse(body);
  const effects: Readonly<Record<string, (() => void) | undefined>> = {
    power_off: () => (droplet.status = "off"),
    shutdown: () => (droplet.status = "off"),
    power_on: () => (droplet.status = "active"),
    resize: () => (droplet.size = size ?? droplet.size),
    enable_ipv6: () => (droplet.ipv6 = true),
    enable_backups: () => (droplet.backups = true),
    disable_backups: () => (droplet.backups = false),
  };
  const effect = effects[type];
  if (effect === undefined) return refused(`no action ${type}`);
  if (type === "resize" && droplet.status !== "off") return refused("Droplet must be powered off to resize");
  return store.started(effect);
}
