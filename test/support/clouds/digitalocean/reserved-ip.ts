import * as z from "zod";
import { defineResource } from "../../../../modules/provider/kit/define.ts";
import type { Resource } from "../../../../modules/provider/kit/resource.ts";
import { act, ask, deadlines, must, remove, type Account } from "./client.ts";

const addressInputs = z.strictObject({ region: z.string() });
const answer = z.object({
  reserved_ip: z.object({ ip: z.string(), droplet: z.object({ id: z.number() }).nullable() }),
});

/** `digitalocean:index/reservedIp:ReservedIp`: an address that nobody has yet. */
export function reservedIp(account: Account): Resource {
  return defineResource({
    type: "digitalocean:index/reservedIp:ReservedIp",
    inputs: addressInputs,
    outputs: addressInputs.extend({ ipAddress: z.string() }),
    deadlines,
    replaces: () => true,
    async create(inputs, call) {
      const made = await must(account, "reserved_ips", { method: "POST", body: inputs, answer }, call);
      const { ip } = made.reserved_ip;
      return { id: ip, outputs: { ...inputs, ipAddress: ip } };
    },
    async read({ id, inputs, outputs }, call) {
      const found = await ask(account, `reserved_ips/${id}`, { answer }, call);
      return found && { inputs, outputs };
    },
    update: () => Promise.reject(new Error("an address is replaced")),
    delete: ({ id }, call) => remove(account, `reserved_ips/${id}`, call),
  });
}

const assignmentInputs = z.strictObject({ ipAddress: z.string(), dropletId: z.number() });

/** `digitalocean:index/reservedIpAssignment:ReservedIpAssignment`: whom an address leads to. */
export function reservedIpAssignment(account: Account): Resource {
  return defineResource({
    type: "digitalocean:index/reservedIpAssignment:ReservedIpAssignment",
    inputs: assignmentInputs,
    outputs: assignmentInputs,
    deadlines,
    replaces: () => true,
    async create(inputs, call) {
      const { ipAddress, dropletId: droplet_id } = inputs;
      await act(account, `reserved_ips/${ipAddress}`, { type: "assign", droplet_id }, call);
      return { id: `${droplet_id}-${ipAddress}`, outputs: inputs };
    },
    async read({ inputs, outputs }, call) {
      const found = await ask(account, `reserved_ips/${inputs.ipAddress ?? ""}`, { answer }, call);
      return found?.reserved_ip.droplet?.id === inputs.dropletId ? { inputs, outputs } : undefined;
    },
    update: () => Promise.reject(new Error("an assignment is replaced")),
    async delete({ inputs: { ipAddress = "" } }, call) {
      await act(account, `reserved_ips/${ipAddress}`, { type: "unassign" }, call);
    },
  });
}
