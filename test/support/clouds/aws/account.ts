import {
  DescribeAddressesCommand,
  DescribeInstancesCommand,
  DescribeKeyPairsCommand,
  DescribeSecurityGroupsCommand,
  DescribeVolumesCommand,
  DetachVolumeCommand,
  TerminateInstancesCommand,
  type Instance,
} from "@aws-sdk/client-ec2";
import type { Account } from "./calls.ts";

/** Everything in an account that was not there when it was new, by id: `i-0123`, `vol-0123`. */
export async function inventoryOf({ client }: Account): Promise<readonly string[]> {
  const [instances, volumes, groups, keys, addresses] = await Promise.all([
    instancesOf({ client }),
    client.send(new DescribeVolumesCommand({})),
    client.send(new DescribeSecurityGroupsCommand({})),
    client.send(new DescribeKeyPairsCommand({})),
    client.send(new DescribeAddressesCommand({})),
  ]);
  return [
    ...instances.filter(({ State }) => State?.Name !== "terminated").map(({ InstanceId = "" }) => InstanceId),
    ...(volumes.Volumes ?? []).map(({ VolumeId = "" }) => VolumeId),
    ...(groups.SecurityGroups ?? []).flatMap(({ GroupName, GroupId = "" }) =>
      GroupName === "default" ? [] : [GroupId],
    ),
    ...(keys.KeyPairs ?? []).map(({ KeyName = "" }) => KeyName),
    ...(addresses.Addresses ?? []).map(({ AllocationId = "" }) => AllocationId),
  ];
}

export async function instancesOf({ client }: Pick<Account, "client">): Promise<readonly Instance[]> {
  const { Reservations: reservations = [] } = await client.send(new DescribeInstancesCommand({}));
  return reservations.flatMap(({ Instances = [] }) => Instances);
}

/** Ends an instance as somebody does at AWS's console. */
export async function terminate(account: Pick<Account, "client">, id: string): Promise<void> {
  await account.client.send(new TerminateInstancesCommand({ InstanceIds: [id] }));
  await detachAll(account, id);
}

/** The volumes of an instance that ended are free; moto leaves that out. */
export async function detachAll({ client }: Pick<Account, "client">, id: string): Promise<void> {
  const Filters = [{ Name: "attachment.instance-id", Values: [id] }];
  const { Volumes: volumes = [] } = await client.send(new DescribeVolumesCommand({ Filters }));
  for (const { VolumeId, Attachments } of volumes) {
    if (Attachments?.some(({ DeleteOnTermination }) => DeleteOnTermination === true) !== true) {
      await client.send(new DetachVolumeCommand({ VolumeId, InstanceId: id }));
    }
  }
}
