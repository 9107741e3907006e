import { gone, missing, type Reply, type Wish } from "./replies.ts";
import type { Store } from "./store.ts";
import { taggedSchema } from "./things.ts";

/** `/v2/tags`, and with `things` `/v2/tags/NAME/resources`. */
export function answerTag(
  store: Store,
  { method, id: name, body, things }: Wish & { readonly things: boolean },
): Reply {
  if (name === undefined) return { status: 201, body: { tag: body } };
  if (!things) return missing;
  for (const { resource_id: id, resource_type: type } of taggedSchema.parse(body).resources) {
    const thing = type === "droplet" ? store.droplets.get(Number(id)) : store.volumes.get(id);
    if (thing === undefined) return missing;
    const others = thing.tags.filter((tag) => tag !== name);
    thing.tags = method === "POST" ? [...others, name] : others;
  }
  return gone;
}
