import {
  DeleteKeyPairCommand,
  DescribeInstancesCommand,
  DescribeKeyPairsCommand,
  ImportKeyPairCommand,
  ModifyInstanceAttributeCommand,
  ModifyVolumeCommand,
  RunInstancesCommand,
  StartInstancesCommand,
  StopInstancesCommand,
  TerminateInstancesCommand,
  type _InstanceType,
  type Instance,
  type InstanceStateName,
} from "@aws-sdk/client-ec2";
import * as z from "zod";
import { formatPath } from "../../../../modules/provider/kit/values.ts";
import { defineResource } from "../../../../modules/provider/kit/define.ts";
import type { Call, Resource } from "../../../../modules/provider/kit/resource.ts";
import { effectOn } from "../replacing.ts";
import { freshName } from "../names.ts";
import { deadlines, only, retag, settled, tagged, tags, tagsOf, unlessGone, type Account } from "./calls.ts";

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

const instanceInputs = z.strictObject({
  ami: z.string(),
  instanceType: z.string(),
  keyName: z.string(),
  vpcSecurityGroupIds: z.array(z.string()),
  availabilityZone: z.string().optional(),
  subnetId: z.string().optional(),
  associatePublicIpAddress: z.boolean(),
  userData: z.string(),
  metadataOptions: z.strictObject({
    httpEndpoint: z.enum(["enabled", "disabled"]),
    httpTokens: z.enum(["required", "optional"]),
    httpPutResponseHopLimit: z.number(),
  }),
  rootBlockDevice: z.strictObject({ volumeType: z.literal("gp3"), volumeSize: z.number(), encrypted: z.boolean() }),
  tags,
});
type InstanceInputs = z.infer<typeof instanceInputs>;

const instanceOutputs = instanceInputs.extend({
  publicIp: z.string().optional(),
  privateIp: z.string().optional(),
  instanceState: z.string().optional(),
});

const type = "aws:ec2/instance:Instance";

/** `aws:ec2/instance:Instance`: what a `Ec2Host` gives it and no more; profiles and the spot market are not emulated. */
export function instance(account: Account): Resource {
  const { client } = account;

  const outputsOf = (inputs: InstanceInputs, found: Instance): z.infer<typeof instanceOutputs> => ({
    ...inputs,
    ...(found.PublicIpAddress === undefined ? {} : { publicIp: loopbackOf(found.PublicIpAddress) }),
    ...(found.PrivateIpAddress === undefined ? {} : { privateIp: found.PrivateIpAddress }),
    instanceState: found.State?.Name ?? "unknown",
  });

  const inState = (id: string, wanted: InstanceStateName, call: Call): Promise<Instance | undefined> =>
    settled(
      `the instance to be ${wanted}`,
      async () => {
        const found = await lookAt(account, id);
        const state = found?.State?.Name ?? "terminated";
        if (state === wanted) return { done: true, value: found };
        return { done: false, reason: state };
      },
      call,
    );

  return defineResource({
    type,
    inputs: instanceInputs,
    outputs: instanceOutputs,
    deadlines,
    replaces: ({ path }) => effectOn(type, [formatPath(path)]) === "replace",

    async create(inputs, call) {
      const answer = await client.send(new RunInstancesCommand(requestFor(inputs)));
      const { InstanceId: id = "" } = only(answer.Instances, "instance");
      const found = await inState(id, "running", call);
      return { id, outputs: outputsOf(inputs, found ?? {}) };
    },

    async read({ id, inputs }) {
      const found = await lookAt(account, id);
      if (found === undefined || ["shutting-down", "terminated"].includes(found.State?.Name ?? "")) return undefined;
      const observed = {
        ...(inputs as InstanceInputs),
        instanceType: found.InstanceType ?? "",
        tags: tagsOf(found.Tags),
      };
      return { inputs: observed, outputs: outputsOf(observed, found) };
    },

    async update({ id, inputs: before }, inputs, call) {
      await retag(account, id, before.tags, inputs.tags);
      if (before.instanceType !== inputs.instanceType) {
        await client.send(new StopInstancesCommand({ InstanceIds: [id] }));
        await inState(id, "stopped", call);
        const Value = inputs.instanceType;
        await client.send(new ModifyInstanceAttributeCommand({ InstanceId: id, InstanceType: { Value } }));
        await client.send(new StartInstancesCommand({ InstanceIds: [id] }));
      }
      const found = (await inState(id, "running", call)) ?? {};
      if (before.rootBlockDevice?.volumeSize !== inputs.rootBlockDevice.volumeSize) {
        const [root] = found.BlockDeviceMappings ?? [];
        const Size = inputs.rootBlockDevice.volumeSize;
        await client.send(new ModifyVolumeCommand({ VolumeId: root?.Ebs?.VolumeId, Size }));
      }
      return outputsOf(inputs, found);
    },

    async delete({ id }, call) {
      await unlessGone(client.send(new TerminateInstancesCommand({ InstanceIds: [id] })));
      await inState(id, "terminated", call);
    },
  });
}

async function lookAt({ client }: Account, id: string): Promise<Instance | undefined> {
  const answer = await unlessGone(client.send(new DescribeInstancesCommand({ InstanceIds: [id] })));
  return answer?.Reservations?.[0]?.Instances?.[0];
}

function requestFor(inputs: InstanceInputs) {
  const { metadataOptions, rootBlockDevice, availabilityZone, subnetId } = inputs;
  return {
    MinCount: 1,
    MaxCount: 1,
    ImageId: inputs.ami,
    InstanceType: inputs.instanceType as _InstanceType,
    KeyName: inputs.keyName,
    UserData: Buffer.from(inputs.userData).toString("base64"),
    SecurityGroupIds: inputs.vpcSecurityGroupIds,
    ...(subnetId === undefined ? {} : { SubnetId: subnetId }),
    ...(availabilityZone === undefined ? {} : { Placement: { AvailabilityZone: availabilityZone } }),
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
    ...tagged("instance", inputs.tags),
  };
}

/**
 * Where a public address of the emulated cloud is found on this machine: 127.214.3.7 for 54.214.3.7. All of 127.0.0.0/8 is this
 * machine's, so each instance has port 22 of its own there.
 */
export function loopbackOf(address: string): string {
  return address.replace(/^\d+/, "127");
}
