import { randomUUID } from "node:crypto";
import { gone, missing, refused, taken, type Reply, type Wish } from "./replies.ts";
import type { Store } from "./store.ts";
import { firewallSchema, type Firewall } from "./things.ts";

/** `/v2/firewalls`. A rule that lets nobody in, a name with other characters, and a tag that there is not, are refused as the real one does. */
export function answerFirewall({ firewalls, tags }: Store, { method, id, body }: Wish): Reply {
  if (method === "POST" || method === "PUT") {
    const given = firewallSchema.parse(body);
    const found = method === "POST" ? randomUUID() : firewalls.get(id ?? "")?.id;
    if (found === undefined) return missing;
    const fault = faultOf(given, tags);
    if (fault !== undefined) return refused(fault);
    if ([...firewalls.values()].some(({ id: one, name }) => one !== found && name === given.name)) {
      return taken("duplicate name");
    }
    const firewall: Firewall = { ...given, id: found };
    firewalls.set(firewall.id, firewall);
    return { status: method === "POST" ? 202 : 200, body: { firewall } };
  }
  const firewall = firewalls.get(id ?? "");
  if (firewall === undefined) return missing;
  if (method === "GET") return { status: 200, body: { firewall } };
  firewalls.delete(firewall.id);
  return gone;
}

function faultOf(
  { name, inbound_rules: rules, tags }: Omit<Firewall, "id">,
  known: ReadonlySet<string>,
): string | undefined {
  const missingTag = tags.find((tag) => !known.has(tag));
  if (missingTag !== undefined) return `tag ${missingTag} does not exist`;
  if (!/^[a-zA-Z0-9][a-zA-Z0-9.-]*$/.test(name)) return `invalid firewall name ${name}`;
  const hasNobody = rules.some(({ sources }) => (sources?.addresses ?? []).length === 0);
  return hasNobody ? "inbound rules must have sources" : undefined;
}
