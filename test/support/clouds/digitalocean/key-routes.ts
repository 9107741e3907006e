import { gone, missing, type Reply, type Wish } from "./replies.ts";
import type { Store } from "./store.ts";
import { keySchema, type Key } from "./things.ts";

/** `/v2/account/keys`. */
export function answerKey(store: Store, { method, id, body }: Wish): Reply {
  if (method === "POST") {
    const number = store.next();
    const key: Key = { ...keySchema.parse(body), id: number, fingerprint: `aa:bb:${number}` };
    store.keys.set(number, key);
    return { status: 201, body: { ssh_key: key } };
  }
  const key = store.keys.get(Number(id));
  if (key === undefined) return missing;
  if (method === "GET") return { status: 200, body: { ssh_key: key } };
  store.keys.delete(key.id);
  return gone;
}
