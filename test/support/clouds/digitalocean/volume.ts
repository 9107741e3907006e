import * as z from "zod";
import { defineResource } from "../../../../modules/provider/kit/define.ts";
import type { Resource } from "../../../../modules/provider/kit/resource.ts";
import { freshName } from "../names.ts";
import { act, ask, deadlines, must, remove, retag, type Account } from "./client.ts";

const volumeInputs = z.strictObject({ region: z.string(), size: z.number(), tags: z.array(z.string()) });
const answer = z.object({
  volume: z.object({
    ...{ id: z.string(), name: z.string(), size_gigabytes: z.number(), tags: z.array(z.string()) },
    region: z.object({ slug: z.string() }),
    droplet_ids: z.array(z.number()),
  }),
});

/** `digitalocean:index/volume:Volume`. */
export function volume(account: Account): Resource {
  return defineResource({
    type: "digitalocean:index/volume:Volume",
    inputs: volumeInputs,
    outputs: volumeInputs.extend({ name: z.string() }),
    deadlines,
    replaces: ({ path }) => path[0] === "region",
    async create(inputs, call) {
      const { region, size: size_gigabytes, tags } = inputs;
      const body = { name: freshName(call), region, size_gigabytes, tags };
      const made = await must(account, "volumes", { method: "POST", body, answer }, call);
      return { id: made.volume.id, outputs: { ...inputs, name: made.volume.name } };
    },
    async read({ id, inputs }, call) {
      const found = (await ask(account, `volumes/${id}`, { answer }, call))?.volume;
      if (found === undefined) return undefined;
      const observed = { ...inputs, region: found.region.slug, size: found.size_gigabytes, tags: found.tags };
      return { inputs: observed, outputs: { ...observed, name: found.name } };
    },
    async update({ id, inputs: before, outputs }, inputs, call) {
      const { size: size_gigabytes, region } = inputs;
      if (before.size !== inputs.size) {
        await act(account, `volumes/${id}`, { type: "resize", size_gigabytes, region }, call);
      }
      await retag(account, { type: "volume", id }, { before: before.tags, after: inputs.tags }, call);
      return { ...inputs, name: outputs.name ?? "" };
    },
    delete: ({ id }, call) => remove(account, `volumes/${id}`, call),
  });
}

const attachmentInputs = z.strictObject({ volumeId: z.string(), dropletId: z.number() });

/** `digitalocean:index/volumeAttachment:VolumeAttachment`. */
export function volumeAttachment(account: Account): Resource {
  return defineResource({
    type: "digitalocean:index/volumeAttachment:VolumeAttachment",
    inputs: attachmentInputs,
    outputs: attachmentInputs,
    deadlines,
    replaces: () => true,
    async create(inputs, call) {
      const { volumeId, dropletId: droplet_id } = inputs;
      await act(account, `volumes/${volumeId}`, { type: "attach", droplet_id }, call);
      return { id: `${droplet_id}-${volumeId}`, outputs: inputs };
    },
    async read({ inputs, outputs }, call) {
      const found = (await ask(account, `volumes/${inputs.volumeId ?? ""}`, { answer }, call))?.volume;
      return found?.droplet_ids.includes(inputs.dropletId ?? 0) === true ? { inputs, outputs } : undefined;
    },
    update: () => Promise.reject(new Error("an attachment is replaced")),
    async delete({ inputs: { volumeId = "", dropletId: droplet_id } }, call) {
      await act(account, `volumes/${volumeId}`, { type: "detach", droplet_id }, call);
    },
  });
}
