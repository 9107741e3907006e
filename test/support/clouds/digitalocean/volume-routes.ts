import { randomUUID } from "node:crypto";
import { gone, missing, refused, taken, type Reply, type Wish } from "./replies.ts";
import type { Store } from "./store.ts";
import { actionSchema, volumeSchema, type Volume } from "./things.ts";

/** `/v2/volumes`. */
export function answerVolume({ volumes, tags }: Store, { method, id, body }: Wish): Reply {
  if (method === "POST") {
    const volume: Volume = { ...volumeSchema.parse(body), id: randomUUID(), droplet_ids: [] };
    if ([...volumes.values()].some(({ name, region }) => name === volume.name && region === volume.region)) {
      return taken("already exists");
    }
    for (const tag of volume.tags) tags.add(tag);
    volumes.set(volume.id, volume);
    return { status: 201, body: { volume: shown(volume) } };
  }
  const volume = volumes.get(id ?? "");
  if (volume === undefined) return missing;
  if (method === "GET") return { status: 200, body: { volume: shown(volume) } };
  if (volume.droplet_ids.length > 0) return taken("volume is attached");
  volumes.delete(volume.id);
  return gone;
}

function shown(volume: Volume): unknown {
  return { ...volume, region: { slug: volume.region } };
}

/** `/v2/volumes/ID/actions`. */
export function actOnVolume(store: Store, id: string, body: unknown): Reply {
  const volume = store.volumes.get(id);
  if (volume === undefined) return missing;
  const { type, droplet_id: dropletId = 0, size_gigabytes: size } = actionSchema.parse(body);
  const droplet = store.droplets.get(dropletId);
  switch (type) {
    case "attach":
      if (droplet === undefined) return missing;
      if (volume.droplet_ids.length > 0) return refused("the volume is attached to another droplet");
      if (droplet.region !== volume.region) return refused("the volume is in another region than the droplet");
      return store.started(() => (volume.droplet_ids = [dropletId]));
    case "detach":
      return store.started(() => store.detach(volume, dropletId));
    case "resize":
      return store.started(() => (volume.size_gigabytes = size ?? volume.size_gigabytes));
    default:
      return refused(`no action ${type}`);
  }
}
