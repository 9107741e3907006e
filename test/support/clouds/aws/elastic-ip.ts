import {
  AllocateAddressCommand,
  AssociateAddressCommand,
  DescribeAddressesCommand,
  DisassociateAddressCommand,
  ReleaseAddressCommand,
  type Address,
} from "@aws-sdk/client-ec2";
import * as z from "zod";
import { defineResource } from "../../../../modules/provider/kit/define.ts";
import type { Resource } from "../../../../modules/provider/kit/resource.ts";
import { deadlines, retag, stillKnown, tagged, tags, tagsOf, unlessGone, type Account } from "./calls.ts";
import { loopbackOf } from "./instance.ts";

const addressInputs = z.strictObject({ domain: z.literal("vpc"), tags });

/** `aws:ec2/eip:Eip`: an address that nobody has yet. */
export function elasticIp(account: Account): Resource {
  const { client } = account;
  return defineResource({
    type: "aws:ec2/eip:Eip",
    inputs: addressInputs,
    outputs: addressInputs.extend({ publicIp: z.string() }),
    deadlines,
    replaces: ({ path }) => path[0] === "domain",
    async create(inputs) {
      const made = await client.send(
        new AllocateAddressCommand({ Domain: inputs.domain, ...tagged("elastic-ip", inputs.tags) }),
      );
      return { id: made.AllocationId ?? "", outputs: { ...inputs, publicIp: loopbackOf(made.PublicIp ?? "") } };
    },
    async read({ id, inputs, outputs }) {
      const found = await lookAt(account, id);
      if (found === undefined) return undefined;
      const observed = { ...inputs, tags: tagsOf(found.Tags) };
      return { inputs: observed, outputs: { ...outputs, ...observed } };
    },
    previewUpdate: (state, inputs) => Promise.resolve(stillKnown(state, inputs)),
    async update({ id, inputs: before, outputs }, inputs) {
      await retag(account, id, before.tags, inputs.tags);
      return { ...inputs, publicIp: outputs.publicIp ?? "" };
    },
    async delete({ id }) {
      await unlessGone(client.send(new ReleaseAddressCommand({ AllocationId: id })));
    },
  });
}

const associationInputs = z.strictObject({ allocationId: z.string(), instanceId: z.string() });

/** `aws:ec2/eipAssociation:EipAssociation`: whom an address leads to. */
export function elasticIpAssociation(account: Account): Resource {
  const { client } = account;
  return defineResource({
    type: "aws:ec2/eipAssociation:EipAssociation",
    inputs: associationInputs,
    outputs: associationInputs.extend({ publicIp: z.string() }),
    deadlines,
    replaces: () => true,
    async create(inputs) {
      const { allocationId: AllocationId, instanceId: InstanceId } = inputs;
      // With AWS an address moves unless it is told not to.
      const wish = { AllocationId, InstanceId, AllowReassociation: true };
      const made = await client.send(new AssociateAddressCommand(wish));
      const found = await lookAt(account, AllocationId);
      return { id: made.AssociationId ?? "", outputs: { ...inputs, publicIp: loopbackOf(found?.PublicIp ?? "") } };
    },
    async read({ id, inputs, outputs }) {
      const found = await lookAt(account, inputs.allocationId ?? "");
      return found?.AssociationId === id ? { inputs, outputs } : undefined;
    },
    update: () => Promise.reject(new Error("an association is replaced")),
    async delete({ id }) {
      await unlessGone(client.send(new DisassociateAddressCommand({ AssociationId: id })));
    },
  });
}

async function lookAt({ client }: Account, id: string): Promise<Address | undefined> {
  const answer = await unlessGone(client.send(new DescribeAddressesCommand({ AllocationIds: [id] })));
  return answer?.Addresses?.[0];
}
