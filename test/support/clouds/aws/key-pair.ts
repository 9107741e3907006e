import { DeleteKeyPairCommand, DescribeKeyPairsCommand, ImportKeyPairCommand } from "@aws-sdk/client-ec2";
import * as z from "zod";
import { defineResource } from "../../../../modules/provider/kit/define.ts";
import type { Resource } from "../../../../modules/provider/kit/resource.ts";
import { freshName } from "../names.ts";
import { deadlines, retag, stillKnown, tagged, tags, tagsOf, unlessGone, type Account } from "./calls.ts";

const key = z.strictObject({ publicKey: z.string(), tags });

/** `aws:ec2/keyPair:KeyPair`. */
export function keyPair(account: Account): Resource {
  const { client } = account;
  return defineResource({
    type: "aws:ec2/keyPair:KeyPair",
    inputs: key,
    outputs: key.extend({ keyName: z.string(), keyPairId: z.string() }),
    deadlines,
    replaces: ({ path }) => path[0] !== "tags",
    async create(inputs, call) {
      const name = freshName(call);
      const PublicKeyMaterial = Buffer.from(inputs.publicKey);
      const made = await client.send(
        new ImportKeyPairCommand({ KeyName: name, PublicKeyMaterial, ...tagged("key-pair", inputs.tags) }),
      );
      return { id: name, outputs: { ...inputs, keyName: name, keyPairId: made.KeyPairId ?? "" } };
    },
    async read({ id, inputs, outputs }) {
      const [found] = (await unlessGone(client.send(new DescribeKeyPairsCommand({ KeyNames: [id] }))))?.KeyPairs ?? [];
      if (found === undefined) return undefined;
      const observed = { ...inputs, tags: tagsOf(found.Tags) };
      return { inputs: observed, outputs: { ...outputs, ...observed } };
    },
    previewUpdate: (state, inputs) => Promise.resolve(stillKnown(state, inputs)),
    async update({ id, inputs: before, outputs }, inputs) {
      const { keyPairId = "" } = outputs;
      await retag(account, keyPairId, before.tags, inputs.tags);
      return { ...inputs, keyName: id, keyPairId };
    },
    async delete({ id }) {
      await client.send(new DeleteKeyPairCommand({ KeyName: id }));
    },
  });
}
