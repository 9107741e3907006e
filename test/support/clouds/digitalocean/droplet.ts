import * as z from "zod";
import { defineResource } from "../../../../modules/provider/kit/define.ts";
import type { Call, Resource } from "../../../../modules/provider/kit/resource.ts";
import { formatPath } from "../../../../modules/provider/kit/values.ts";
import { freshName } from "../names.ts";
import { effectOn } from "../replacing.ts";
import { act, ask, deadlines, must, remove, retag, settled, type Account } from "./client.ts";

const keyInputs = z.strictObject({ publicKey: z.string() });
const keyAnswer = z.object({ ssh_key: z.object({ id: z.number(), name: z.string(), fingerprint: z.string() }) });

/** `digitalocean:index/sshKey:SshKey`. */
export function sshKey(account: Account): Resource {
  return defineResource({
    type: "digitalocean:index/sshKey:SshKey",
    inputs: keyInputs,
    outputs: keyInputs.extend({ name: z.string(), fingerprint: z.string() }),
    deadlines,
    replaces: () => true,
    async create(inputs, call) {
      const body = { name: freshName(call), public_key: inputs.publicKey };
      const made = await must(account, "account/keys", { method: "POST", body, answer: keyAnswer }, call);
      const { id, name, fingerprint } = made.ssh_key;
      return { id: String(id), outputs: { ...inputs, name, fingerprint } };
    },
    async read({ id, inputs, outputs }, call) {
      const found = await ask(account, `account/keys/${id}`, { answer: keyAnswer }, call);
      return found && { inputs, outputs };
    },
    update: () => Promise.reject(new Error("a key is replaced")),
    delete: ({ id }, call) => remove(account, `account/keys/${id}`, call),
  });
}

const dropletInputs = z.strictObject({
  ...{ region: z.string(), size: z.string(), image: z.string() },
  ...{ monitoring: z.boolean(), backups: z.boolean(), ipv6: z.boolean(), gracefulShutdown: z.boolean().optional() },
  ...{ tags: z.array(z.string()), sshKeys: z.array(z.string()), userData: z.string(), vpcUuid: z.string().optional() },
});
type DropletInputs = z.infer<typeof dropletInputs>;

const dropletOutputs = dropletInputs.extend({
  name: z.string(),
  ipv4Address: z.string().optional(),
  status: z.string(),
});

const dropletAnswer = z.object({
  droplet: z.object({
    ...{ id: z.number(), name: z.string(), status: z.string(), locked: z.boolean(), size_slug: z.string() },
    ...{ tags: z.array(z.string()), volume_ids: z.array(z.string()), features: z.array(z.string()) },
    region: z.object({ slug: z.string() }),
    networks: z.object({ v4: z.array(z.object({ ip_address: z.string(), type: z.string() })) }),
  }),
});
type Found = z.infer<typeof dropletAnswer>["droplet"];

const type = "digitalocean:index/droplet:Droplet";

/** `digitalocean:index/droplet:Droplet`: what a `DropletHost` gives it and no more. Another size, and backups, are updates. */
export function droplet(account: Account): Resource {
  const look = async (id: string, call: Call): Promise<Found | undefined> =>
    (await ask(account, `droplets/${id}`, { answer: dropletAnswer }, call))?.droplet;

  const active = (id: string, call: Call): Promise<Found> =>
    settled(
      "the droplet to be active",
      async () => {
        const found = await look(id, call);
        if (found?.status === "active" && !found.locked) return { done: true, value: found };
        return { done: false, reason: found?.status ?? "not shown yet" };
      },
      call,
    );

  return defineResource({
    type,
    inputs: dropletInputs,
    outputs: dropletOutputs,
    deadlines,
    replaces: ({ path, after }) => effectOn(type, [formatPath(path)], { [formatPath(path)]: after }) === "replace",

    async create(inputs, call) {
      const { sshKeys: ssh_keys, userData: user_data, vpcUuid: vpc_uuid } = inputs;
      const { region, size, image, monitoring, backups, ipv6, tags } = inputs;
      const same = { region, size, image, monitoring, backups, ipv6, tags };
      const body = { ...same, name: freshName(call), ssh_keys, user_data, vpc_uuid };
      const made = await must(account, "droplets", { method: "POST", body, answer: dropletAnswer }, call);
      const id = String(made.droplet.id);
      return { id, outputs: outputsOf(inputs, await active(id, call)) };
    },

    async read({ id, inputs }, call) {
      const found = await look(id, call);
      if (found === undefined) return undefined;
      const has = (feature: string): boolean => found.features.includes(feature);
      const observed = {
        ...(inputs as DropletInputs),
        ...{ size: found.size_slug, region: found.region.slug, tags: found.tags },
        ...{ backups: has("backups"), ipv6: has("ipv6"), monitoring: has("monitoring") },
      };
      return { inputs: observed, outputs: outputsOf(observed, found) };
    },

    async update({ id, inputs: before }, inputs, call) {
      const path = `droplets/${id}`;
      if (before.size !== inputs.size) {
        await act(account, path, { type: "power_off" }, call);
        await act(account, path, { type: "resize", disk: true, size: inputs.size }, call);
        await act(account, path, { type: "power_on" }, call);
      }
      if (before.backups !== inputs.backups) {
        await act(account, path, { type: inputs.backups ? "enable_backups" : "disable_backups" }, call);
      }
      // There is no way back: it is replaced then.
      if (inputs.ipv6 && before.ipv6 !== true) await act(account, path, { type: "enable_ipv6" }, call);
      await retag(account, { type: "droplet", id }, { before: before.tags, after: inputs.tags }, call);
      const found = await look(id, call);
      if (found === undefined) throw new Error(`droplet ${id} is gone`);
      return outputsOf(inputs, found);
    },

    // In the order of resourceDigitalOceanDropletDelete, in digitalocean/droplet/resource_droplet.go of the provider.
    async delete({ id, inputs: { gracefulShutdown = false } }, call) {
      if (gracefulShutdown) await act(account, `droplets/${id}`, { type: "shutdown" }, call);
      for (const volumeId of (await look(id, call))?.volume_ids ?? []) {
        await act(account, `volumes/${volumeId}`, { type: "detach", droplet_id: Number(id) }, call);
      }
      await remove(account, `droplets/${id}`, call);
      await settled(
        "the droplet to be gone",
        async () => {
          const found = await look(id, call);
          return found === undefined ? { done: true, value: undefined } : { done: false, reason: "still shown" };
        },
        call,
      );
    },
  });
}

function outputsOf(inputs: DropletInputs, { name, status, networks }: Found): z.infer<typeof dropletOutputs> {
  const address = networks.v4.find((network) => network.type === "public")?.ip_address;
  return { ...inputs, name, status, ...(address === undefined ? {} : { ipv4Address: address }) };
}
