import {
  AttachVolumeCommand,
  CreateVolumeCommand,
  DeleteVolumeCommand,
  DescribeVolumesCommand,
  ModifyVolumeCommand,
  EC2ServiceException,
  type Volume,
} from "@aws-sdk/client-ec2";
import * as z from "zod";
import type { Attempt } from "../../../../modules/base/wait.ts";
import { defineResource } from "../../../../modules/provider/kit/define.ts";
import type { Call, Resource } from "../../../../modules/provider/kit/resource.ts";
import { deadlines, retag, settled, tagged, tags, tagsOf, unlessGone, type Account } from "./calls.ts";

const volumeInputs = z.strictObject({
  availabilityZone: z.string(),
  size: z.number(),
  type: z.literal("gp3"),
  encrypted: z.boolean(),
  tags,
});

/** `aws:ebs/volume:Volume`. */
export function volume(account: Account): Resource {
  const { client } = account;
  return defineResource({
    type: "aws:ebs/volume:Volume",
    inputs: volumeInputs,
    outputs: volumeInputs,
    deadlines,
    replaces: ({ path }) => path[0] === "availabilityZone" || path[0] === "encrypted",
    async create(inputs, call) {
      const { availabilityZone: AvailabilityZone, size: Size, type: VolumeType, encrypted: Encrypted } = inputs;
      const settings = { AvailabilityZone, Size, VolumeType, Encrypted, ...tagged("volume", inputs.tags) };
      const { VolumeId: id = "" } = await client.send(new CreateVolumeCommand(settings));
      await available(account, id, call);
      return { id, outputs: inputs };
    },
    async read({ id, inputs }) {
      const found = await lookAt(account, id);
      if (found === undefined) return undefined;
      const observed = { ...inputs, size: found.Size ?? 0, tags: tagsOf(found.Tags) };
      return { inputs: observed, outputs: observed };
    },
    async update({ id, inputs: before }, inputs) {
      await retag(account, id, before.tags, inputs.tags);
      if (before.size !== inputs.size) {
        await client.send(new ModifyVolumeCommand({ VolumeId: id, Size: inputs.size }));
      }
      return inputs;
    },
    // One that its instance still has is asked for again until it is free.
    async delete({ id }, call) {
      await settled("the volume to be deleted", () => deletionOf(account, id), call);
    },
  });
}

const attachmentInputs = z.strictObject({
  deviceName: z.string(),
  volumeId: z.string(),
  instanceId: z.string(),
  skipDestroy: z.literal(true),
});

/**
 * `aws:ec2/volumeAttachment:VolumeAttachment`, as the real one is with `skipDestroy`: its delete leaves the volume where it is, and nothing that is
 * attached elsewhere is attached.
 * Source: internal/service/ec2/ebs_volume_attachment.go of hashicorp/terraform-provider-aws.
 */
export function volumeAttachment(account: Account): Resource {
  const { client } = account;
  return defineResource({
    type: "aws:ec2/volumeAttachment:VolumeAttachment",
    inputs: attachmentInputs,
    outputs: attachmentInputs,
    deadlines,
    replaces: ({ path }) => path[0] !== "skipDestroy",
    async create(inputs) {
      const { deviceName: Device, volumeId: VolumeId, instanceId: InstanceId } = inputs;
      await client.send(new AttachVolumeCommand({ Device, VolumeId, InstanceId }));
      return { id: `vai-${VolumeId}-${InstanceId}`, outputs: inputs };
    },
    async read({ inputs }) {
      const found = await lookAt(account, inputs.volumeId ?? "");
      const isAttached = found?.Attachments?.some(({ InstanceId }) => InstanceId === inputs.instanceId);
      return isAttached === true ? { inputs, outputs: inputs } : undefined;
    },
    update: (_state, inputs) => Promise.resolve(inputs),
    delete: () => Promise.resolve(),
  });
}

async function deletionOf({ client }: Account, id: string): Promise<Attempt<undefined>> {
  try {
    await unlessGone(client.send(new DeleteVolumeCommand({ VolumeId: id })));
    return { done: true, value: undefined };
  } catch (error) {
    if (error instanceof EC2ServiceException && error.name === "VolumeInUse") {
      return { done: false, reason: error.message };
    }
    throw error;
  }
}

async function available(account: Account, id: string, call: Call): Promise<void> {
  await settled(
    "the volume to be available",
    async () => {
      const reason = (await lookAt(account, id))?.State ?? "not there";
      return reason === "available" ? { done: true, value: undefined } : { done: false, reason };
    },
    call,
  );
}

async function lookAt({ client }: Account, id: string): Promise<Volume | undefined> {
  const answer = await unlessGone(client.send(new DescribeVolumesCommand({ VolumeIds: [id] })));
  return answer?.Volumes?.[0];
}
