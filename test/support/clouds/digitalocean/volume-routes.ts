import { randomUUID } from "node:crypto";
import { gone, missing, refused, type Reply, type Wish } from "./replies.ts";
import type { Store } from "./store.ts";
import { actionSchema, volumeSchema, type Volume } from "./things.ts";

/** `/v2/volumes`. */
export function answerVolume({ volumes }: Store, { method, id, body }: Wish): Reply {
  if (method === "POST") {
    const volume: Volume = { ...volumeSchema.parse(body), id: randomUUID(), droplet_ids: [] };
    volumes.set(volume.id, volume);
    return { status: 201, body: { volume } };
  }
  const volume = volumes.get(id ?? "");
  if (volume === undefined) return missing;
  if (method === "GET") return { status: 200, body: { volume } };
  if (volume.droplet_ids.length > 0) return { status: 409, body: { id: "conflict", message: "volume is attached" } };
  volumes.delete(volume.id);
  return gone;
}

/** `/v2/volumes/ID/actions`. */
export function actOnVolume(store: Store, id: string, body: unknown): Reply {
  const volume = store.volumes.get(id);
  if (volume === undefined) return missing;
  const { type, droplet_id: droplet = 0, size_gigabytes: size } = actionSchema.parse(body);
  switch (type) {
    case "attach":
      if (!store.droplets.has(droplet)) return missing;
      if (volume.droplet_ids.length > 0) return refused("the volume is attached to another droplet");
      return store.started(() => (volume.droplet_ids = [droplet]));
    case "detach":
      return store.started(() => store.detach(volume, droplet));
    case "resize":
      return store.started(() => (volume.size_gigabytes = size ?? volume.size_gigabytes));
    default:
      return refused(`no action ${type}`);
  }
}
