import * as z from "zod";
import { defineResource } from "../../../../modules/provider/kit/define.ts";
import type { Resource } from "../../../../modules/provider/kit/resource.ts";
import { freshName } from "../names.ts";
import { ask, deadlines, must, remove, type Account } from "./client.ts";

const tagInputs = z.strictObject({});
const answer = z.object({ tag: z.object({ name: z.string() }) });

/** `digitalocean:index/tag:Tag`: known by its name. */
export function tag(account: Account): Resource {
  return defineResource({
    type: "digitalocean:index/tag:Tag",
    inputs: tagInputs,
    outputs: tagInputs.extend({ name: z.string() }),
    deadlines,
    async create(_inputs, call) {
      const { name } = (await must(account, "tags", { method: "POST", body: { name: freshName(call) }, answer }, call))
        .tag;
      return { id: name, outputs: { name } };
    },
    async read({ id, inputs, outputs }, call) {
      const found = await ask(account, `tags/${id}`, { answer }, call);
      return found && { inputs, outputs };
    },
    update: () => Promise.reject(new Error("a tag has nothing to update")),
    delete: ({ id }, call) => remove(account, `tags/${id}`, call),
  });
}
