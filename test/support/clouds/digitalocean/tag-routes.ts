import { gone, missing, type Reply, type Wish } from "./replies.ts";
import type { Store } from "./store.ts";
import { taggedSchema, tagSchema } from "./things.ts";

/** `/v2/tags`, and with `things` `/v2/tags/NAME/resources`. */
export function answerTag(
  store: Store,
  { method, id: name, body, things }: Wish & { readonly things: boolean },
): Reply {
  if (name === undefined) {
    const tag = tagSchema.parse(body);
    store.tags.add(tag.name);
    return { status: 201, body: { tag } };
  }
  if (!store.tags.has(name)) return missing;
  if (things) return put(store, { method, name, body });
  if (method === "GET") return { status: 200, body: { tag: { name } } };
  store.deleteTag(name);
  return gone;
}

/** Puts a tag to things, or takes it from them. */
function put(
  store: Store,
  { method, name, body }: { readonly method: string; readonly name: string; readonly body: unknown },
): Reply {
  for (const { resource_id: id, resource_type: type } of taggedSchema.parse(body).resources) {
    const thing = type === "droplet" ? store.droplets.get(Number(id)) : store.volumes.get(id);
    if (thing === undefined) return missing;
    const others = thing.tags.filter((tag) => tag !== name);
    thing.tags = method === "POST" ? [...others, name] : others;
  }
  return gone;
}
