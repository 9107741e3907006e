import {
  AssociateIamInstanceProfileCommand,
  DescribeIamInstanceProfileAssociationsCommand,
  DescribeVolumesCommand,
  DisassociateIamInstanceProfileCommand,
  ModifyInstanceAttributeCommand,
  ModifyVolumeCommand,
  RunInstancesCommand,
  StartInstancesCommand,
  TerminateInstancesCommand,
  type _InstanceType,
  type Instance,
} from "@aws-sdk/client-ec2";
import * as z from "zod";
import { formatPath } from "../../../../modules/provider/kit/values.ts";
import { defineResource } from "../../../../modules/provider/kit/define.ts";
import type { Resource } from "../../../../modules/provider/kit/resource.ts";
import { effectOn } from "../replacing.ts";
import { detachAll } from "./account.ts";
import {
  deadlines,
  instanceAt,
  instanceIn,
  only,
  retag,
  stillKnown,
  stopInstance,
  tagged,
  tags,
  tagsOf,
  unlessGone,
  type Account,
} from "./calls.ts";

const instanceInputs = z.strictObject({
  ami: z.string(),
  instanceType: z.string(),
  keyName: z.string(),
  vpcSecurityGroupIds: z.array(z.string()),
  subnetId: z.string(),
  associatePublicIpAddress: z.boolean().optional(),
  userData: z.string(),
  metadataOptions: z.strictObject({
    httpEndpoint: z.enum(["enabled", "disabled"]),
    httpTokens: z.enum(["required", "optional"]),
    httpPutResponseHopLimit: z.number(),
  }),
  rootBlockDevice: z.strictObject({
    ...{ volumeType: z.literal("gp3"), volumeSize: z.number(), encrypted: z.boolean() },
    tags,
  }),
  iamInstanceProfile: z.string().optional(),
  instanceMarketOptions: z
    .strictObject({
      marketType: z.literal("spot"),
      spotOptions: z.strictObject({ spotInstanceType: z.literal("one-time"), maxPrice: z.string().optional() }),
    })
    .optional(),
  tags,
});
type InstanceInputs = z.infer<typeof instanceInputs>;

const instanceOutputs = instanceInputs.extend({
  publicIp: z.string().optional(),
  privateIp: z.string().optional(),
  instanceState: z.string().optional(),
});

const type = "aws:ec2/instance:Instance";

/**
 * `aws:ec2/instance:Instance`: what a `Ec2Host` gives it and no more. As the real one, it reads whether an instance has a public address now
 * as `associatePublicIpAddress`, and stops it for another type.
 * Source: internal/service/ec2/ec2_instance.go of hashicorp/terraform-provider-aws.
 */
export function instance(account: Account): Resource {
  const { client } = account;

  const outputsOf = (inputs: InstanceInputs, found: Instance): z.infer<typeof instanceOutputs> => ({
    ...inputs,
    ...(found.PublicIpAddress === undefined ? {} : { publicIp: loopbackOf(found.PublicIpAddress) }),
    ...(found.PrivateIpAddress === undefined ? {} : { privateIp: found.PrivateIpAddress }),
    instanceState: found.State?.Name ?? "unknown",
  });

  return defineResource({
    type,
    inputs: instanceInputs,
    outputs: instanceOutputs,
    deadlines,
    replaces: ({ path, after }) => effectOn(type, [formatPath(path)], { [formatPath(path)]: after }) === "replace",

    async create(inputs, call) {
      const answer = await client.send(new RunInstancesCommand(requestFor(inputs)));
      const { InstanceId: id = "" } = only(answer.Instances, "instance");
      const found = (await instanceIn(account, id, "running", call)) ?? {};
      // The real one too names the root disk when it is there.
      await retag(account, rootVolumeOf(found), {}, inputs.rootBlockDevice.tags);
      return { id, outputs: outputsOf(inputs, found) };
    },

    async read({ id, inputs }) {
      const found = await instanceAt(account, id);
      if (found === undefined || ["shutting-down", "terminated"].includes(found.State?.Name ?? "")) return undefined;
      const given = inputs as InstanceInputs;
      const observed = {
        ...given,
        rootBlockDevice: { ...given.rootBlockDevice, tags: await tagsOfVolume(account, rootVolumeOf(found)) },
        instanceType: found.InstanceType ?? "",
        ...(inputs.associatePublicIpAddress === undefined
          ? {}
          : { associatePublicIpAddress: found.PublicIpAddress !== undefined }),
        tags: tagsOf(found.Tags),
      };
      return { inputs: observed, outputs: outputsOf(observed, found) };
    },

    previewUpdate: (state, inputs) => Promise.resolve(stillKnown(state, inputs)),
    async update({ id, inputs: before }, inputs, call) {
      await retag(account, id, before.tags, inputs.tags);
      if (before.instanceType !== inputs.instanceType) {
        await stopInstance(account, id, call);
        const Value = inputs.instanceType;
        await client.send(new ModifyInstanceAttributeCommand({ InstanceId: id, InstanceType: { Value } }));
        await client.send(new StartInstancesCommand({ InstanceIds: [id] }));
        await instanceIn(account, id, "running", call);
      }
      if (before.iamInstanceProfile !== inputs.iamInstanceProfile) {
        await giveProfile(account, id, inputs.iamInstanceProfile);
      }
      const found = (await instanceAt(account, id)) ?? {};
      const root = rootVolumeOf(found);
      await retag(account, root, before.rootBlockDevice?.tags, inputs.rootBlockDevice.tags);
      if (before.rootBlockDevice?.volumeSize !== inputs.rootBlockDevice.volumeSize) {
        await client.send(new ModifyVolumeCommand({ VolumeId: root, Size: inputs.rootBlockDevice.volumeSize }));
      }
      return outputsOf(inputs, found);
    },

    async delete({ id }, call) {
      await unlessGone(client.send(new TerminateInstancesCommand({ InstanceIds: [id] })));
      await instanceIn(account, id, "terminated", call);
      await detachAll(account, id);
    },
  });
}

function rootVolumeOf({ BlockDeviceMappings: disks = [] }: Instance): string {
  return disks[0]?.Ebs?.VolumeId ?? "";
}

async function tagsOfVolume({ client }: Account, id: string): Promise<Readonly<Record<string, string>>> {
  const { Volumes: found } = await client.send(new DescribeVolumesCommand({ VolumeIds: [id] }));
  return tagsOf(found?.[0]?.Tags);
}

async function giveProfile({ client }: Account, id: string, profile: string | undefined): Promise<void> {
  const Filters = [{ Name: "instance-id", Values: [id] }];
  const held = await client.send(new DescribeIamInstanceProfileAssociationsCommand({ Filters }));
  for (const { AssociationId } of held.IamInstanceProfileAssociations ?? []) {
    await client.send(new DisassociateIamInstanceProfileCommand({ AssociationId }));
  }
  if (profile === undefined) return;
  await client.send(new AssociateIamInstanceProfileCommand({ InstanceId: id, IamInstanceProfile: { Name: profile } }));
}

function requestFor(inputs: InstanceInputs) {
  const { metadataOptions, rootBlockDevice, subnetId, iamInstanceProfile } = inputs;
  const spot = inputs.instanceMarketOptions;
  return {
    MinCount: 1,
    MaxCount: 1,
    ImageId: inputs.ami,
    InstanceType: inputs.instanceType as _InstanceType,
    KeyName: inputs.keyName,
    UserData: Buffer.from(inputs.userData).toString("base64"),
    SecurityGroupIds: inputs.vpcSecurityGroupIds,
    SubnetId: subnetId,
    MetadataOptions: {
      HttpEndpoint: metadataOptions.httpEndpoint,
      HttpTokens: metadataOptions.httpTokens,
      HttpPutResponseHopLimit: metadataOptions.httpPutResponseHopLimit,
    },
    BlockDeviceMappings: [
      {
        DeviceName: "/dev/xvda",
        Ebs: {
          VolumeType: rootBlockDevice.volumeType,
          VolumeSize: rootBlockDevice.volumeSize,
          Encrypted: rootBlockDevice.encrypted,
          DeleteOnTermination: true,
        },
      },
    ],
    ...(iamInstanceProfile === undefined ? {} : { IamInstanceProfile: { Name: iamInstanceProfile } }),
    ...(spot === undefined ? {} : { InstanceMarketOptions: spotRequest(spot) }),
    ...tagged("instance", inputs.tags),
  };
}

function spotRequest({ marketType, spotOptions }: NonNullable<InstanceInputs["instanceMarketOptions"]>) {
  const { spotInstanceType, maxPrice } = spotOptions;
  return {
    MarketType: marketType,
    SpotOptions: { SpotInstanceType: spotInstanceType, ...(maxPrice === undefined ? {} : { MaxPrice: maxPrice }) },
  };
}

/**
 * Where a public address of the emulated cloud is found on this machine: 127.214.3.7 for 54.214.3.7. All of 127.0.0.0/8 is this
 * machine's, so each instance has port 22 of its own there.
 */
export function loopbackOf(address: string): string {
  return address.replace(/^\d+/, "127");
}
