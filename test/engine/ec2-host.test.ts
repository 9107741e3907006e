import { expect, test } from "@jest/globals";
import {
  DeleteSubnetCommand,
  DeregisterImageCommand,
  DescribeImagesCommand,
  DescribeInstanceAttributeCommand,
  DescribeSecurityGroupRulesCommand,
  DescribeSubnetsCommand,
  DescribeVolumesCommand,
  ModifySubnetAttributeCommand,
  StopInstancesCommand,
  type Subnet,
} from "@aws-sdk/client-ec2";
import { App } from "../../index.ts";
import { Ec2Host, type Ec2HostArgs } from "../../modules/hosts/aws/index.ts";
import { inventoryOf, instancesOf, terminate } from "../support/clouds/aws/account.ts";
import { ec2Changes } from "../support/clouds/ec2-changes.ts";
import type { Moto } from "../support/clouds/moto.ts";
import { documentedArguments, effectOn } from "../support/clouds/tables.ts";
import { describeOnAws } from "../support/clouds/aws/session.ts";
import { recordedCall } from "../support/engine/session.ts";
import { rowsOf, saidIn } from "../support/provider/rows.ts";

const instance = "aws:ec2/instance:Instance";
const instanceState = "aws:ec2transitgateway/instanceState:InstanceState";

async function subnetsOf(client: Moto["client"]): Promise<readonly Subnet[]> {
  return (await client.send(new DescribeSubnetsCommand({}))).Subnets ?? [];
}

/** Takes away the subnets of some zones: a new account has a default one in each. */
async function deleteSubnets(client: Moto["client"], isGone: (zone: string) => boolean): Promise<void> {
  for (const { SubnetId, AvailabilityZone = "" } of await subnetsOf(client)) {
    if (isGone(AvailabilityZone)) await client.send(new DeleteSubnetCommand({ SubnetId }));
  }
}

/** Has AWS say no to a kind of request until it is stopped. */
function refuse({ client }: Moto, request: string, message: string): { stop: () => void } {
  const name = `refuse${request}`;
  client.middlewareStack.add(
    (next, context) => async (args) => {
      if (context.commandName === `${request}Command`) throw new Error(message);
      return next(args);
    },
    { step: "initialize", name },
  );
  return { stop: () => void client.middlewareStack.remove(name) };
}

await describeOnAws("an EC2 instance through the engine", (session) => {
  /** A host with an app, whose arguments a test may change between runs. */
  const program = (args: Ec2HostArgs = {}) => {
    const wanted = { args, port: "80:8080" };
    const run = async (): Promise<object> => {
      const host = new Ec2Host("machine", { sshFrom: ["203.0.113.0/24"], dataVolume: { sizeGiB: 8 }, ...wanted.args });
      const inline = { name: "shop", services: { web: { image: "web:1", ports: [wanted.port] } } };
      const app = new App<"web">("shop", { host, inline });
      return { url: app.services.web.url, address: host.address, id: host.instanceId, hostId: host.hostId };
    };
    return { wanted, run };
  };

  const running = async () => (await instancesOf(session().account)).filter(({ State }) => State?.Name === "running");

  /** The data volume and whose it is now. */
  const dataVolume = async () => {
    const { Volumes: volumes = [] } = await session().account.client.send(new DescribeVolumesCommand({}));
    const [found, other] = volumes.filter(({ Attachments }) => Attachments?.[0]?.Device !== "/dev/xvda");
    expect(other).toBeUndefined();
    return { id: found?.VolumeId, of: found?.Attachments?.[0]?.InstanceId, type: found?.VolumeType, size: found?.Size };
  };

  /** Who may reach what: `in 22 203.0.113.0/24`. */
  const rules = async (): Promise<readonly string[]> => {
    const { SecurityGroupRules: found = [] } = await session().account.client.send(
      new DescribeSecurityGroupRulesCommand({}),
    );
    const ours = found.filter(({ Tags }) => Tags?.some(({ Value }) => Value === "machine"));
    return ours
      .map(({ IsEgress, FromPort, CidrIpv4, CidrIpv6 }) =>
        IsEgress === true ? `out ${CidrIpv4 ?? CidrIpv6}` : `in ${FromPort} ${CidrIpv4 ?? CidrIpv6}`,
      )
      .sort();
  };

  test("is made with its volume and exactly its ports, and then there is nothing to do", async () => {
    const { account, open, world } = session();
    const { wanted, run } = program();
    const stack = await open(run);
    const preview = recordedCall();
    expect(await stack.preview(preview)).toMatchObject({ changed: true });
    expect(saidIn(preview)).toMatch(/an EC2 instance t3\.small.*data volume 8 GiB.*in eu-central-1/u);
    expect(saidIn(preview)).toContain("shop opens 80/tcp to the whole world");
    expect(await inventoryOf(account)).toEqual([]);

    const { outputs } = await stack.up(recordedCall());
    const { id, address } = outputs as { id: string; address: string };
    const [made, other] = await instancesOf(account);
    expect(other).toBeUndefined();
    expect(made).toMatchObject({
      InstanceId: id,
      ImageId: expect.stringMatching(/1$/u),
      InstanceType: "t3.small",
      MetadataOptions: { HttpTokens: "required", HttpPutResponseHopLimit: 1 },
    });
    expect(outputs["url"]).toBe(`http://${address}:80`);
    expect(await dataVolume()).toEqual({ id: expect.stringMatching(/^vol-/u), of: id, type: "gp3", size: 8 });
    const { Volumes: disks = [] } = await account.client.send(new DescribeVolumesCommand({}));
    const encrypted = disks.filter(({ Encrypted }) => Encrypted).map(({ Size }) => Size);
    expect(encrypted.sort()).toEqual([16, 8]);
    const opened = ["in 22 203.0.113.0/24", "in 80 0.0.0.0/0", "in 80 ::/0", "out 0.0.0.0/0", "out ::/0"];
    expect(await rules()).toEqual(opened);
    const asked = new DescribeInstanceAttributeCommand({ InstanceId: id, Attribute: "userData" });
    const { UserData } = await account.client.send(asked);
    expect(Buffer.from(UserData?.Value ?? "", "base64").toString()).toMatch(/^#cloud-config\n[\s\S]*ed25519_private/u);

    expect(await stack.preview(recordedCall())).toMatchObject({ changed: false });
    expect(await stack.refresh(recordedCall())).toMatchObject({ changed: false });
    expect(await stack.up(recordedCall())).toMatchObject({ changed: false });

    wanted.port = "8081:8080";
    await stack.up(recordedCall());
    expect((await running()).map(({ InstanceId }) => InstanceId)).toEqual([id]);
    expect(await rules()).toEqual([opened[0], "in 8081 0.0.0.0/0", "in 8081 ::/0", ...opened.slice(3)]);

    // Nobody dials a host that goes.
    world.dialled.splice(0);
    await stack.destroy(recordedCall());
    expect(world.dialled).toEqual([]);
    expect(await inventoryOf(account)).toEqual([]);
  });

  test("stays as it is when another image is the newest, and when the agent is another one", async () => {
    const { account, open, world } = session();
    const stack = await open(program({ dataVolume: undefined }).run);
    const { id } = (await stack.up(recordedCall())).outputs;
    const [made] = await running();
    await account.client.send(new DeregisterImageCommand({ ImageId: made?.ImageId }));
    expect(await stack.up(recordedCall())).toMatchObject({ changed: false });

    world.bundle = { version: "0.2.0", bundleDigest: "b2" };
    await stack.up(recordedCall());
    expect(world.installed).toBe("b2");
    expect(await running()).toMatchObject([{ InstanceId: id }]);
  });

  test("does not need the images of its maker once it has one, and says so where it has none", async () => {
    const { account, open } = session();
    const { wanted, run } = program({ dataVolume: undefined });
    const stack = await open(run);
    const { id } = (await stack.up(recordedCall())).outputs;
    const { Images: images = [] } = await account.client.send(new DescribeImagesCommand({}));
    for (const { ImageId } of images) await account.client.send(new DeregisterImageCommand({ ImageId }));
    wanted.args = { dataVolume: undefined, tags: { Team: "shop" } };
    await stack.up(recordedCall());
    expect(await running()).toMatchObject([{ InstanceId: id }]);

    wanted.args = { dataVolume: undefined, imageGeneration: "2" };
    await expect(stack.preview(recordedCall())).rejects.toMatchObject({
      details: expect.arrayContaining([
        expect.stringContaining("nothing was found for debian-13 x86_64 2 in eu-central-1: its maker"),
      ]),
    });
  });

  test("lives beside that of another Pulumi stack of the same program, in the same account", async () => {
    const { account, open } = session();
    const [one, other] = [program(), program()];
    const first = await open(one.run, "first");
    const second = await open(other.run, "second");
    await first.up(recordedCall());
    const own = await inventoryOf(account);
    await second.up(recordedCall());
    expect(await first.preview(recordedCall())).toMatchObject({ changed: false });
    await second.destroy(recordedCall());
    expect(await inventoryOf(account)).toEqual(own);
  });

  test.each<[string, (account: Moto) => Promise<void>, Ec2HostArgs, string]>([
    [
      "its region has no default subnet",
      ({ client }) => deleteSubnets(client, () => true),
      {},
      "none of those with t3.small has a default subnet. Give subnetId, a subnet of a VPC that reaches the internet; " +
        "or make a default VPC (aws ec2 create-default-vpc --region eu-central-1)",
    ],
    [
      "its zone has no default subnet",
      ({ client }) => deleteSubnets(client, (zone) => zone === "eu-central-1b"),
      { availabilityZone: "eu-central-1b" },
      "eu-central-1b, where the host is to be, has no default subnet. Give subnetId",
    ],
    [
      "its subnet gives no public address",
      async ({ client }) => {
        for (const { SubnetId } of await subnetsOf(client)) {
          await client.send(new ModifySubnetAttributeCommand({ SubnetId, MapPublicIpOnLaunch: { Value: false } }));
        }
      },
      {},
      "gives its instances no public address: give elasticIp",
    ],
  ])("is not begun where %s: preview says what to do", async (_, change, args, reason) => {
    const { account, open } = session();
    await change(account);
    const stack = await open(program(args).run);
    const refusal = { details: expect.arrayContaining([expect.stringContaining(reason)]) };
    await expect(stack.preview(recordedCall())).rejects.toMatchObject(refusal);
    await expect(stack.up(recordedCall())).rejects.toMatchObject(refusal);
    expect(await inventoryOf(account)).toEqual([]);
  });

  test("goes on in a subnet that gives no address to a new one any more, with a warning", async () => {
    const { account, open } = session();
    const { wanted, run } = program({ dataVolume: undefined });
    const stack = await open(run);
    const { id } = (await stack.up(recordedCall())).outputs;
    for (const { SubnetId } of await subnetsOf(account.client)) {
      await account.client.send(new ModifySubnetAttributeCommand({ SubnetId, MapPublicIpOnLaunch: { Value: false } }));
    }
    wanted.port = "8081:8080";
    const preview = recordedCall();
    await stack.preview(preview);
    expect(saidIn(preview)).toContain("another one could not be made: the subnet");
    await stack.up(recordedCall());
    expect((await running()).map(({ InstanceId }) => InstanceId)).toEqual([id]);
    expect(await stack.preview(recordedCall())).toMatchObject({ changed: false });

    wanted.args = { dataVolume: undefined, spot: true };
    await expect(stack.preview(recordedCall())).rejects.toMatchObject({
      details: expect.arrayContaining([expect.stringContaining("gives its instances no public address")]),
    });
  });

  test("is told to be another one until another one is there, however often AWS gives none", async () => {
    const { account, open } = session();
    const { wanted, run } = program({ dataVolume: undefined });
    const stack = await open(run);
    const { id } = (await stack.up(recordedCall())).outputs;

    wanted.args = { dataVolume: undefined, spot: true };
    const told = "their named volumes go with its disk";
    const refusing = refuse(account, "RunInstances", "InsufficientInstanceCapacity: none here");
    await expect(stack.up(recordedCall())).rejects.toMatchObject({
      details: expect.arrayContaining([expect.stringContaining("InsufficientInstanceCapacity")]),
    });
    refusing.stop();
    const preview = recordedCall();
    await stack.preview(preview);
    expect(saidIn(preview)).toContain(told);

    const back = recordedCall();
    wanted.args = { dataVolume: undefined };
    await stack.preview(back);
    expect(saidIn(back)).not.toContain(told);
    wanted.args = { dataVolume: undefined, spot: true };
    expect((await stack.up(recordedCall())).outputs["id"]).not.toBe(id);
    const after = recordedCall();
    expect(await stack.preview(after)).toMatchObject({ changed: false });
    expect(saidIn(after)).not.toContain(told);
  });

  test("goes back to the image that it has, where none of another one could be made", async () => {
    const { account, open } = session();
    const { wanted, run } = program({ dataVolume: undefined });
    const stack = await open(run);
    const { id } = (await stack.up(recordedCall())).outputs;
    const [made] = await running();
    await account.client.send(new DeregisterImageCommand({ ImageId: made?.ImageId }));

    wanted.args = { dataVolume: undefined, imageGeneration: "2" };
    const refusing = refuse(account, "RunInstances", "InsufficientInstanceCapacity: none here");
    await expect(stack.up(recordedCall())).rejects.toThrow();
    refusing.stop();
    wanted.args = { dataVolume: undefined };
    await stack.up(recordedCall());
    expect(await running()).toMatchObject([{ InstanceId: id, ImageId: made?.ImageId }]);
  });

  test("can give up an elastic IP that AWS never gave", async () => {
    const { account, open } = session();
    const { wanted, run } = program({ dataVolume: undefined });
    const stack = await open(run);
    const { id } = (await stack.up(recordedCall())).outputs;
    wanted.args = { dataVolume: undefined, elasticIp: true };
    const refusing = refuse(account, "AllocateAddress", "AddressLimitExceeded: no more of them");
    await expect(stack.up(recordedCall())).rejects.toMatchObject({
      details: expect.arrayContaining([expect.stringContaining("AddressLimitExceeded")]),
    });
    refusing.stop();
    wanted.args = { dataVolume: undefined };
    await stack.up(recordedCall());
    expect((await running()).map(({ InstanceId }) => InstanceId)).toEqual([id]);
    expect(await stack.preview(recordedCall())).toMatchObject({ changed: false });
  });

  test("goes to a zone that has a subnet for it", async () => {
    const { account, open } = session();
    await deleteSubnets(account.client, (zone) => zone === "eu-central-1a");
    const stack = await open(program().run);
    await stack.up(recordedCall());
    expect(await running()).toMatchObject([{ Placement: { AvailabilityZone: "eu-central-1b" } }]);
  });

  test("that does not run is told by name, where nobody has asked AWS since", async () => {
    const { account, open } = session();
    const stack = await open(program({ dataVolume: undefined }).run);
    const { id } = (await stack.up(recordedCall())).outputs as { id: string };
    await account.client.send(new StopInstancesCommand({ InstanceIds: [id] }));
    await expect(stack.up(recordedCall())).rejects.toMatchObject({
      details: expect.arrayContaining([
        expect.stringContaining(
          `the instance ${id} does not run, or its subnet gave it no public address: pulumi refresh`,
        ),
      ]),
    });
  });

  test("does with each argument what docs/hosts.md says", async () => {
    const { account, open } = session();
    const { wanted, run } = program({ dataVolume: undefined });
    const stack = await open(run);
    await stack.up(recordedCall());
    // Meanwhile another image is the newest, as it always is.
    await account.client.send(new DeregisterImageCommand({ ImageId: (await running())[0]?.ImageId }));
    const { Subnets: subnets = [] } = await account.client.send(new DescribeSubnetsCommand({}));
    const changes = ec2Changes(subnets[1]?.SubnetId ?? "");
    const documented = await documentedArguments("Ec2Host");
    expect(documented.map(({ argument }) => argument).sort()).toEqual(Object.keys(changes).sort());
    for (const { argument, change } of documented) {
      wanted.args = { dataVolume: undefined, ...changes[argument] };
      const effect = await effectOn(instance, stack);
      expect({ argument, effect }).toEqual({ argument, effect: change === "restart" ? "update" : change });
    }
  });

  test("stays itself where it can, and its volume moves to another one where it cannot", async () => {
    const { account, open } = session();
    const { wanted, run } = program();
    const stack = await open(run);
    const first = (await stack.up(recordedCall())).outputs;
    const volume = (await dataVolume()).id;

    wanted.args = { instanceType: "t3.medium", tags: { Team: "shop" }, elasticIp: true, dataVolume: { sizeGiB: 9 } };
    const changed = (await stack.up(recordedCall())).outputs;
    expect(changed["id"]).toBe(first["id"]);
    expect(changed["address"]).not.toBe(first["address"]);
    expect(await running()).toMatchObject([{ InstanceType: "t3.medium" }]);
    expect(await dataVolume()).toMatchObject({ id: volume, of: first["id"], size: 9 });
    expect(await stack.preview(recordedCall())).toMatchObject({ changed: false });

    wanted.args = { ...wanted.args, image: { ami: "ami-00000000000000000" } };
    const preview = recordedCall();
    await stack.preview(preview);
    expect(rowsOf(preview, instance).map(({ op }) => op)).toContain("replace");
    const replaced = (await stack.up(recordedCall())).outputs;
    expect(replaced["id"]).not.toBe(first["id"]);
    expect((await running()).map(({ InstanceId }) => InstanceId)).toEqual([replaced["id"]]);
    expect(await dataVolume()).toMatchObject({ id: volume, of: replaced["id"] });
    // The address stays, whoever has it, and so does the host's key.
    expect(replaced["address"]).toBe(changed["address"]);
    expect(replaced["hostId"]).toBe(first["hostId"]);
    expect(await stack.preview(recordedCall())).toMatchObject({ changed: false });
    await stack.destroy(recordedCall());
    expect(await inventoryOf(account)).toEqual([]);
  });

  test("leaves its data volume where destroy is told to keep it, and nothing else", async () => {
    const { account, open } = session();
    const stack = await open(program({ dataVolume: { sizeGiB: 8, keep: true } }).run);
    await stack.up(recordedCall());
    const { id } = await dataVolume();
    await stack.destroy(recordedCall());
    expect(await inventoryOf(account)).toEqual([id]);
  });

  test("that was ended behind our back is noticed, and made anew with its data volume", async () => {
    const { account, open, world } = session();
    const stack = await open(program().run);
    const { id } = (await stack.up(recordedCall())).outputs as { id: string };
    const volume = (await dataVolume()).id;

    await terminate(account, id);
    world.driver.onDestroyed("machine");
    expect(await stack.refresh(recordedCall())).toMatchObject({ changed: true });
    const before = world.calls.length;
    const again = (await stack.up(recordedCall())).outputs;
    expect((await running()).map(({ InstanceId }) => InstanceId)).toEqual([again["id"]]);
    expect(await dataVolume()).toMatchObject({ id: volume, of: again["id"] });
    expect(world.calls.slice(before)).toContain("install");
    expect(await stack.preview(recordedCall())).toMatchObject({ changed: false });
    expect(await stack.refresh(recordedCall())).toMatchObject({ changed: false });

    // Also what is gone already can be destroyed.
    await terminate(account, String(again["id"]));
    await stack.destroy(recordedCall());
    expect(await inventoryOf(account)).toEqual([]);
  });

  test("that was stopped is started by the next up, as itself, wherever it is then", async () => {
    const { account, open } = session();
    const stack = await open(program({ dataVolume: undefined }).run);
    const { id, address } = (await stack.up(recordedCall())).outputs as { id: string; address: string };
    await account.client.send(new StopInstancesCommand({ InstanceIds: [id] }));

    expect(await stack.refresh(recordedCall())).toMatchObject({ changed: true });
    const preview = recordedCall();
    await stack.preview(preview);
    expect(rowsOf(preview, instance).map(({ op }) => op)).not.toContain("replace");
    expect(rowsOf(preview, instanceState).map(({ op }) => op)).toEqual(["update"]);
    const { outputs } = await stack.up(recordedCall());
    expect((await running()).map(({ InstanceId }) => InstanceId)).toEqual([id]);
    expect(outputs["address"]).not.toBe(address);
    expect(await stack.preview(recordedCall())).toMatchObject({ changed: false });
    // EC2 gave it another address meanwhile.
    await stack.refresh(recordedCall());
    expect(await stack.up(recordedCall())).toMatchObject({ changed: false });
  });

  test("of the spot market is another one for another type, and its volume moves when it has ended", async () => {
    const { account, open } = session();
    await account.makeProfile("reader");
    const { wanted, run } = program({ spot: { maxPrice: "0.01" }, instanceProfile: "reader" });
    const stack = await open(run);
    const first = (await stack.up(recordedCall())).outputs;
    expect(await running()).toMatchObject([
      { InstanceLifecycle: "spot", IamInstanceProfile: { Arn: expect.stringMatching(/reader$/u) } },
    ]);
    const volume = (await dataVolume()).id;

    wanted.args = { ...wanted.args, instanceType: "t3.medium" };
    const replaced = (await stack.up(recordedCall())).outputs;
    expect(replaced["id"]).not.toBe(first["id"]);
    expect(await running()).toMatchObject([{ InstanceId: replaced["id"], InstanceType: "t3.medium" }]);
    expect(await dataVolume()).toMatchObject({ id: volume, of: replaced["id"] });
    expect(await stack.preview(recordedCall())).toMatchObject({ changed: false });
    await stack.destroy(recordedCall());
    expect(await inventoryOf(account)).toEqual([]);
  });

  test("gets another instance profile as it runs", async () => {
    const { account, open } = session();
    await account.makeProfile("reader");
    const { wanted, run } = program({ dataVolume: undefined });
    const stack = await open(run);
    const { id } = (await stack.up(recordedCall())).outputs;
    wanted.args = { ...wanted.args, instanceProfile: "reader" };
    await stack.up(recordedCall());
    expect(await running()).toMatchObject([
      { InstanceId: id, IamInstanceProfile: { Arn: expect.stringMatching(/reader$/u) } },
    ]);
    expect(await stack.refresh(recordedCall())).toMatchObject({ changed: false });
  });

  test.each<[string, Ec2HostArgs, Ec2HostArgs, string]>([
    [
      "its zone for an instance type that is not there",
      {},
      { instanceType: "p9.large" },
      "eu-central-1a, where the host is to be, has no p9.large",
    ],
    ["the zone of its data volume", {}, { availabilityZone: "eu-central-1b" }, "nor its instance can leave its zone"],
    [
      "its elastic IP",
      { elasticIp: true, dataVolume: undefined },
      { elasticIp: false, dataVolume: undefined },
      "keep elasticIp in the program",
    ],
    [
      "its image for one that nobody has",
      { dataVolume: undefined },
      { dataVolume: undefined, image: "ubuntu-22.04", availabilityZone: "eu-central-1c", spot: true },
      "nothing was found for ubuntu-22.04 x86_64 in eu-central-1",
    ],
    [
      "its public address for a network without any",
      { elasticIp: false, dataVolume: undefined },
      { elasticIp: false, dataVolume: undefined, spot: true, availabilityZone: "eu-central-1b" },
      "gives its instances no public address",
    ],
  ])("does not give up %s, as preview says before anything is touched", async (_, before, after, reason) => {
    const { account, open } = session();
    for (const { SubnetId, AvailabilityZone } of await subnetsOf(account.client)) {
      const MapPublicIpOnLaunch = { Value: AvailabilityZone !== "eu-central-1b" };
      await account.client.send(new ModifySubnetAttributeCommand({ SubnetId, MapPublicIpOnLaunch }));
    }
    const { wanted, run } = program(before);
    const stack = await open(run);
    await stack.up(recordedCall());
    const all = await inventoryOf(account);
    wanted.args = after;
    const refusal = { details: expect.arrayContaining([expect.stringContaining(reason)]) };
    await expect(stack.preview(recordedCall())).rejects.toMatchObject(refusal);
    await expect(stack.up(recordedCall())).rejects.toMatchObject(refusal);
    expect(await inventoryOf(account)).toEqual(all);
    wanted.args = before;
    expect(await stack.preview(recordedCall())).toMatchObject({ changed: false });
  });
});
