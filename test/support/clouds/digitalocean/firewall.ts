import * as z from "zod";
import { defineResource } from "../../../../modules/provider/kit/define.ts";
import type { Call, Resource } from "../../../../modules/provider/kit/resource.ts";
import { freshName } from "../names.ts";
import { ask, deadlines, must, remove, type Account } from "./client.ts";

const rule = { protocol: z.string(), portRange: z.string().optional() };
const firewallInputs = z.strictObject({
  tags: z.array(z.string()),
  inboundRules: z.array(z.strictObject({ ...rule, sourceAddresses: z.array(z.string()) })),
  outboundRules: z.array(z.strictObject({ ...rule, destinationAddresses: z.array(z.string()) })).optional(),
});
type FirewallInputs = z.infer<typeof firewallInputs>;
const answer = z.object({ firewall: z.object({ id: z.string(), name: z.string(), tags: z.array(z.string()) }) });

/** `digitalocean:index/firewall:Firewall`. */
export function firewall(account: Account): Resource {
  const put = (name: string, inputs: FirewallInputs, wish: { method: "POST" | "PUT"; path: string; call: Call }) =>
    must(account, wish.path, { method: wish.method, body: requestFor(name, inputs), answer }, wish.call);
  return defineResource({
    type: "digitalocean:index/firewall:Firewall",
    inputs: firewallInputs,
    outputs: firewallInputs.extend({ name: z.string() }),
    deadlines,
    async create(inputs, call) {
      const made = await put(freshName(call), inputs, { method: "POST", path: "firewalls", call });
      return { id: made.firewall.id, outputs: { ...inputs, name: made.firewall.name } };
    },
    async read({ id, inputs, outputs }, call) {
      const found = await ask(account, `firewalls/${id}`, { answer }, call);
      if (found === undefined) return undefined;
      const { tags } = found.firewall;
      return { inputs: { ...inputs, tags }, outputs: { ...outputs, tags } };
    },
    async update({ id, outputs: { name = "" } }, inputs, call) {
      await put(name, inputs, { method: "PUT", path: `firewalls/${id}`, call });
      return { ...inputs, name };
    },
    delete: ({ id }, call) => remove(account, `firewalls/${id}`, call),
  });
}

function requestFor(name: string, { tags, inboundRules, outboundRules = [] }: FirewallInputs): unknown {
  return {
    name,
    tags,
    inbound_rules: inboundRules.map(({ protocol, portRange = "all", sourceAddresses: addresses }) => ({
      ...{ protocol, ports: portRange, sources: { addresses } },
    })),
    outbound_rules: outboundRules.map(({ protocol, portRange = "all", destinationAddresses: addresses }) => ({
      ...{ protocol, ports: portRange, destinations: { addresses } },
    })),
  };
}
