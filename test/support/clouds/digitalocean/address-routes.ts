import { gone, missing, refused, type Reply, type Wish } from "./replies.ts";
import type { Store } from "./store.ts";
import { actionSchema } from "./things.ts";

/** `/v2/reserved_ips`. */
export function answerAddress(store: Store, { method, id: ip }: Wish): Reply {
  const { addresses } = store;
  if (method === "POST") {
    const made = `127.101.0.${(store.next() % 250) + 1}`;
    addresses.set(made, undefined);
    return { status: 202, body: { reserved_ip: { ip: made, droplet: null } } };
  }
  if (ip === undefined || !addresses.has(ip)) return missing;
  if (method === "GET") {
    const owner = addresses.get(ip);
    return { status: 200, body: { reserved_ip: { ip, droplet: owner === undefined ? null : { id: owner } } } };
  }
  addresses.delete(ip);
  return gone;
}

/** `/v2/reserved_ips/IP/actions`. */
export function actOnAddress(store: Store, ip: string, body: unknown): Reply {
  const { addresses } = store;
  if (!addresses.has(ip)) return missing;
  const { type, droplet_id: droplet } = actionSchema.parse(body);
  if (type === "assign" && addresses.get(ip) !== undefined) return refused("the address is assigned already");
  return store.started(() => addresses.set(ip, type === "assign" ? droplet : undefined));
}
