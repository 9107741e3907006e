import {
  DescribeInstanceAttributeCommand,
  DescribeSecurityGroupRulesCommand,
  DescribeVolumesCommand,
  type Instance,
  type SecurityGroupRule,
  type Volume,
} from "@aws-sdk/client-ec2";
import type { OpenPort } from "../machines/machine.ts";
import type { WantedMachine } from "../machines/room.ts";
import { instancesOf } from "./account.ts";
import type { Account } from "./calls.ts";
import { loopbackOf } from "./instance.ts";

/** The instances of an account as machines: with the user data, the ports that their groups open, and the volumes that are theirs. */
export async function machinesOf(account: Account): Promise<readonly WantedMachine[]> {
  const { client } = account;
  const instances = await instancesOf(account);
  const [{ Volumes: volumes = [] }, { SecurityGroupRules: rules = [] }] = await Promise.all([
    client.send(new DescribeVolumesCommand({})),
    client.send(new DescribeSecurityGroupRulesCommand({})),
  ]);
  const wanted = instances.map(async (instance): Promise<readonly WantedMachine[]> => {
    const { InstanceId: id = "", State } = instance;
    if (State?.Name !== "running" && State?.Name !== "stopped") return [];
    return [
      {
        id,
        state: State.Name,
        seed: { "user-data": await userDataOf(account, id), "meta-data": metaDataOf(instance) },
        ports: portsOf(instance, rules),
        rootGiB: rootOf(id, volumes)?.Size ?? 8,
        disks: disksOf(id, volumes),
      },
    ];
  });
  return (await Promise.all(wanted)).flat();
}

async function userDataOf({ client }: Account, id: string): Promise<string> {
  const asked = new DescribeInstanceAttributeCommand({ InstanceId: id, Attribute: "userData" });
  const { UserData } = await client.send(asked);
  return Buffer.from(UserData?.Value ?? "", "base64").toString();
}

function metaDataOf({ InstanceId = "", PrivateDnsName = "" }: Instance): string {
  return JSON.stringify({ "instance-id": InstanceId, "local-hostname": PrivateDnsName.split(".")[0] ?? InstanceId });
}

/** From where they are open does not count here: all addresses are this machine's. */
function portsOf(
  { PublicIpAddress, SecurityGroups }: Instance,
  rules: readonly SecurityGroupRule[],
): readonly OpenPort[] {
  if (PublicIpAddress === undefined) return [];
  const address = loopbackOf(PublicIpAddress);
  const open = rules.filter(
    ({ IsEgress, GroupId }) => IsEgress !== true && SecurityGroups?.some((group) => group.GroupId === GroupId),
  );
  const ports = open.flatMap(({ FromPort: from = 0, ToPort: to = from, IpProtocol }): OpenPort[] =>
    IpProtocol !== "tcp" && IpProtocol !== "udp"
      ? []
      : Array.from({ length: to - from + 1 }, (_, index) => ({ address, port: from + index, protocol: IpProtocol })),
  );
  // Once for IPv4 and for IPv6.
  return [...new Map(ports.map((port) => [`${port.port}/${port.protocol}`, port])).values()];
}

/** The root disk is the machine's own. */
const rootDevice = "/dev/xvda";

function rootOf(instance: string, volumes: readonly Volume[]): Volume | undefined {
  return volumes.find(({ Attachments }) =>
    Attachments?.some(({ InstanceId, Device }) => InstanceId === instance && Device === rootDevice),
  );
}

function disksOf(instance: string, volumes: readonly Volume[]): WantedMachine["disks"] {
  const attached = volumes.filter(({ Attachments }) =>
    Attachments?.some(({ InstanceId, Device }) => InstanceId === instance && Device !== rootDevice),
  );
  return attached.map(({ VolumeId: id = "", Size = 1 }) => ({
    id,
    sizeGiB: Size,
    // Nitro instances see a volume as an NVMe disk, whose serial number is its id.
    device: { driver: "nvme", serial: id.replace("-", "") },
  }));
}
