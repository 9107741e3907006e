import { isDeepStrictEqual } from "node:util";
import { afterEach, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import { App } from "stackhouse";
import { Ec2Host, type Ec2HostArgs } from "stackhouse/aws";
import { ec2Changes } from "../support/clouds/ec2-changes.ts";
import { inwards, mockClouds, type MockClouds } from "../support/clouds/mock-clouds.ts";
import { changedPaths, effectOn, type Effect } from "../support/clouds/replacing.ts";
import { documentedArguments } from "../support/clouds/tables.ts";
import { allRegistered, valueOf, type Registered } from "../support/provider/mocks.ts";

const instanceType = "aws:ec2/instance:Instance";
let clouds: MockClouds;

beforeAll(async () => {
  clouds = await mockClouds("up");
});
beforeEach(() => {
  clouds.pins.clear();
  clouds.newest = "1";
});

// A host that nobody waits for asks its cloud all the same.
afterEach(allRegistered);

/** What a program with this host registers. */
async function made(args: Ec2HostArgs, more: (host: Ec2Host) => void = () => undefined): Promise<Registered[]> {
  clouds.registered.length = 0;
  more(new Ec2Host("machine", args));
  await allRegistered();
  return [...clouds.registered];
}
const inputsOf = (all: readonly Registered[], type: string): Registered["inputs"][] =>
  all.filter((one) => one.type === type).map(({ inputs }) => inputs);
/** What the clouds are asked for, in any order. */
const asGiven = (all: readonly Registered[]): readonly string[] =>
  all
    .filter(({ type }) => type.startsWith("aws:"))
    .map((one) => JSON.stringify(one))
    .sort();
/** Port, protocol and range of each rule that lets somebody in. */
const openings = (all: readonly Registered[]): readonly string[] =>
  inputsOf(all, "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule")
    .map(
      ({ fromPort, toPort, ipProtocol, cidrIpv4, cidrIpv6 }) =>
        `${String(fromPort)}-${String(toPort)}/${String(ipProtocol)} ${String(cidrIpv4 ?? cidrIpv6)}`,
    )
    .sort();

const changes = ec2Changes("subnet-0123456789abcdef0");
const shop = (host: Ec2Host): void => {
  new App("shop", { host, inline: { services: { web: { image: "web:1", ports: ["80:8080"] } } } });
};

describe("a changed argument", () => {
  test("is documented, each of them", async () => {
    const documented = (await documentedArguments("Ec2Host")).map(({ argument }) => argument);
    expect([...documented].sort()).toEqual(Object.keys(changes).sort());
  });

  test("does what docs/hosts.md says", async () => {
    for (const { argument, change } of await documentedArguments("Ec2Host")) {
      clouds.newest = "1";
      const old = await made({}, shop);
      // A newer image came out meanwhile, as it always has.
      clouds.newest = "2";
      const next = await made(changes[argument]!, shop);
      const [one, other] = pair(old, next);
      const onMachine = effectOn(instanceType, changedPaths(one, other), other);
      const isOther = !isDeepStrictEqual(asGiven(old), asGiven(next));
      const effect: Effect = onMachine === "nothing" && isOther ? "update" : onMachine;
      expect({ argument, effect }).toEqual({ argument, effect: change });
    }
  });

  test("a bigger data volume is an update of the volume alone", async () => {
    const old = await made({ dataVolume: { sizeGiB: 8 } });
    const next = await made({ dataVolume: { sizeGiB: 20 } });
    expect(changedPaths(...pair(old, next))).toEqual([]);
    expect(inputsOf(next, "aws:ebs/volume:Volume")).toMatchObject([{ size: 20, encrypted: true }]);
  });

  function pair(old: readonly Registered[], next: readonly Registered[]): [Registered["inputs"], Registered["inputs"]] {
    return [inputsOf(old, instanceType)[0]!, inputsOf(next, instanceType)[0]!];
  }
});

describe("an EC2 host", () => {
  test("names its root disk and its data volume as it is named itself", async () => {
    const all = await made({ dataVolume: { sizeGiB: 8 }, tags: { Team: "shop" } });
    const tags = { Name: "machine", Team: "shop" };
    expect(inputsOf(all, instanceType)[0]).toMatchObject({ tags, rootBlockDevice: { tags } });
    expect(inputsOf(all, "aws:ebs/volume:Volume")).toMatchObject([{ tags }]);
  });

  test("is an instance that answers no forged request for its metadata, with an encrypted disk", async () => {
    const [instance] = inputsOf(await made({}), instanceType);
    expect(instance).toMatchObject({
      instanceType: "t3.small",
      keyName: "key-1",
      subnetId: "subnet-00000000a",
      metadataOptions: { httpTokens: "required", httpPutResponseHopLimit: 1 },
      rootBlockDevice: { volumeType: "gp3", volumeSize: 16, encrypted: true },
      tags: { Name: "machine" },
    });
  });

  test("has its host key pinned before it is dialled, and no user data but the program's own", async () => {
    const all = await made({});
    expect(inputsOf(all, instanceType)[0]?.["userData"]).toMatchObject({ value: "#cloud-config\n" });
    expect(inputsOf(all, "stackhouse:index:Agent")[0]).toMatchObject({
      hostId: "SHA256:1",
      connection: { value: { hostKey: "ssh-ed25519 AAAAhost", address: "198.51.100.1", machineId: "machine-id" } },
    });
  });

  test.each<[Ec2HostArgs, string]>([
    [{}, "198.51.100.1"],
    [{ elasticIp: true }, "198.51.100.9"],
    [{ address: "private" }, "10.0.0.5"],
  ])("is reached where %j says", async (args, address) => {
    const [agent] = inputsOf(await made(args), "stackhouse:index:Agent");
    expect(agent?.["connection"]).toMatchObject({ value: { address } });
  });

  test.each<[Ec2HostArgs, boolean | undefined]>([
    [{}, undefined],
    [{ subnetId: "subnet-0123456789abcdef0" }, undefined],
    [{ subnetId: inwards, elasticIp: true }, true],
    [{ subnetId: inwards, address: "private" }, false],
  ])("with %j asks for an address of its network only where that stays: %s", async (args, wish) => {
    expect(inputsOf(await made(args), instanceType)[0]?.["associatePublicIpAddress"]).toBe(wish);
  });

  test("mounts its data volume by a name that stays", async () => {
    const all = await made({ dataVolume: { sizeGiB: 8 } });
    expect(inputsOf(all, "stackhouse:index:Agent")[0]).toMatchObject({
      volumeDevice: "/dev/disk/by-id/nvme-Amazon_Elastic_Block_Store_machinedata-id",
    });
    expect(inputsOf(all, "aws:ec2/volumeAttachment:VolumeAttachment")).toMatchObject([
      { instanceId: "machine-id", skipDestroy: true },
    ]);
  });

  test.each([
    ["t3.small", undefined, "amd64"],
    ["t4g.small", undefined, "arm64"],
    [undefined, "arm64", "arm64"],
    ["g4dn.xlarge", undefined, "amd64"],
    ["c7gn.large", undefined, "arm64"],
  ] as const)("on %s (%s) runs an image for %s", async (type, architecture, processor) => {
    const [instance] = inputsOf(await made({ instanceType: type, architecture }), instanceType);
    expect(instance?.["ami"]).toContain(`debian-13-${processor}-*`);
  });

  test.each([
    ["debian-12", "debian-12-amd64-*"],
    ["ubuntu-26.04", "ubuntu/images/hvm-ssd-gp3/ubuntu-resolute-26.04-amd64-server-*"],
    ["ubuntu-24.04", "ubuntu/images/hvm-ssd-gp3/ubuntu-noble-24.04-amd64-server-*"],
    ["ubuntu-22.04", "ubuntu/images/hvm-ssd/ubuntu-jammy-22.04-amd64-server-*"],
  ] as const)("asks the maker of %s for its images", async (image, name) => {
    expect(inputsOf(await made({ image }), instanceType)[0]?.["ami"]).toContain(name);
  });

  test("tells which kind of hypervisor it runs on", async () => {
    expect(await valueOf(new Ec2Host("facts").facts)).toMatchObject({ hypervisorClass: "type-1", os: "Debian 13" });
  });
});

test("tells what a restart and a replacement do, to a host with a data volume and an address of its own and to one without", async () => {
  const messages = async (args: Ec2HostArgs): Promise<unknown> =>
    inputsOf(await made(args), "stackhouse:index:Allowed").find(({ tells }) => tells !== undefined)?.tells;
  expect(await messages({})).toMatchObject({
    type: {
      value: "t3.small",
      message: expect.stringMatching(/apps are away meanwhile, and it may have another address/u),
    },
    machine: { message: expect.stringContaining("their named volumes go with its disk") },
  });
  expect(await messages({ elasticIp: true, dataVolume: { sizeGiB: 8 } })).toMatchObject({
    type: { message: expect.stringMatching(/apps are away meanwhile$/u) },
    machine: { message: expect.stringContaining("the data volume stays") },
  });
});

test("what is so only once something is made is noted when that is there, and what must be refused before it is touched before", async () => {
  const order = async (args: Ec2HostArgs): Promise<readonly string[]> => {
    const all = await made(args);
    const things = [instanceType, "aws:ec2/eip:Eip", "aws:ec2/eipAssociation:EipAssociation", "aws:ebs/volume:Volume"];
    const watched = all.filter(({ type, name }) => things.includes(type) || /-(?:allowed|address|made)$/u.test(name));
    return watched.map(({ type, name }) => (type.startsWith("aws:") ? type.slice(type.lastIndexOf(":") + 1) : name));
  };
  const before = (all: readonly string[], one: string, other: string): boolean => all.indexOf(one) < all.indexOf(other);

  const elastic = await order({ elasticIp: true, dataVolume: { sizeGiB: 8 } });
  expect([...elastic].sort()).toEqual(
    ["Eip", "EipAssociation", "Instance", "Volume", "machine-address", "machine-allowed", "machine-made"].sort(),
  );
  expect(before(elastic, "machine-allowed", "Volume")).toBe(true);
  expect(before(elastic, "machine-allowed", "Eip")).toBe(true);
  expect(before(elastic, "Instance", "machine-made")).toBe(true);
  expect(before(elastic, "EipAssociation", "machine-address")).toBe(true);

  const automatic = await order({});
  expect([...automatic].sort()).toEqual(["Instance", "machine-address", "machine-allowed", "machine-made"].sort());
  expect(before(automatic, "machine-address", "Instance")).toBe(true);
});

test("an app is placed on several hosts, one each", async () => {
  clouds.registered.length = 0;
  const hosts = ["a", "b", "c"].map((name) => new Ec2Host(name));
  const inline = { services: { web: { image: "web:1", ports: ["80:80"] } } };
  hosts.forEach((host, index) => new App(`web-${index}`, { host, inline }));
  await allRegistered();
  const named = (type: string): readonly string[] =>
    clouds.registered.filter((one) => one.type === type).map(({ name }) => name);
  expect([...named(instanceType)].sort()).toEqual(["a", "b", "c"]);
  expect([...named("stackhouse:index:App")].sort()).toEqual(["web-0", "web-1", "web-2"]);
  expect(openings(clouds.registered).filter((opening) => opening.startsWith("80-80"))).toHaveLength(6);
});

describe("the security group", () => {
  test("opens SSH and exactly what apps publish to others", async () => {
    const all = await made({ sshFrom: ["203.0.113.7/32"] }, (host) => {
      const services = {
        web: { image: "web:1", ports: ["80:8080", "443:8443", "127.0.0.1:9000:9000"] },
        dns: { image: "dns:1", ports: ["53:53/udp"] },
        db: { image: "db:1" },
      };
      new App("shop", { host, inline: { services } });
    });
    expect(openings(all)).toEqual([
      "22-22/tcp 203.0.113.7/32",
      ...["443-443/tcp", "53-53/udp", "80-80/tcp"].flatMap((port) => [`${port} 0.0.0.0/0`, `${port} ::/0`]),
    ]);
  });

  test.each([
    ["that is published at two addresses of the host", ["10.0.0.5:80:80", "10.0.0.6:80:80"]],
    ["for both kinds of addresses", ["0.0.0.0:80:80", "[::]:80:80"]],
  ])("opens a port once %s", async (_, ports) => {
    const all = await made({ sshFrom: ["203.0.113.7/32"], publishTo: ["203.0.113.0/24"] }, (host) => {
      new App("shop", { host, inline: { services: { web: { image: "web:1", ports } } } });
    });
    expect(openings(all).slice(1)).toEqual(["80-80/tcp 203.0.113.0/24"]);
  });

  test("opens a port once that two programs' apps name", async () => {
    const all = await made({ sshFrom: ["203.0.113.7/32"], publishTo: ["203.0.113.0/24"] }, (host) => {
      shop(host);
      new App("blog", { host, inline: { services: { web: { image: "web:1", ports: ["80:80", "81:80"] } } } });
    });
    expect(openings(all).slice(1)).toEqual(["80-80/tcp 203.0.113.0/24", "81-81/tcp 203.0.113.0/24"]);
  });
});

test.each<[Ec2HostArgs, string]>([
  [{ sshFrom: [] }, "Ec2Host machine: sshFrom is empty"],
  [{ sshFrom: ["203.0.113.7"] }, 'Ec2Host machine: sshFrom holds address ranges as 203.0.113.0/24, not "203.0.113.7"'],
  [{ publishTo: ["::/129"] }, "Ec2Host machine: publishTo holds address ranges"],
  [{ sshFrom: ["203.0.113.7/24"] }, "sshFrom holds 203.0.113.7/24, which is written 203.0.113.0/24"],
  [{ sshFrom: ["2001:DB8:0::1/32"] }, "sshFrom holds 2001:DB8:0::1/32, which is written 2001:db8::/32"],
  [{ sshFrom: ["fe80::1%eth0/64"] }, "sshFrom holds address ranges"],
  [{ publishTo: ["0.0.0.0/0", "0.0.0.0/0"] }, "publishTo holds 0.0.0.0/0 twice"],
  [{ allowPublic: [70_000] }, "allowPublic[0] is at most 65535, not 70000"],
  [
    { instanceType: "t3.small", architecture: "arm64" },
    "Ec2Host machine: architecture is arm64, and t3.small has x86_64",
  ],
  [{ instanceType: "t3-small" }, 'Ec2Host machine: instanceType is an instance type as t3.small, not "t3-small"'],
  [{ architecture: "amd64" as "arm64" }, 'architecture is one of x86_64, arm64, not "amd64"'],
  [
    { image: "debian-11" as "debian-12" },
    "image is one of debian-13, debian-12, ubuntu-26.04, ubuntu-24.04, ubuntu-22.04",
  ],
  [{ image: { ami: "debian" } }, "image.ami is the id of an image as ami-0123456789abcdef0"],
  [{ diskGiB: 4 }, "Ec2Host machine: diskGiB is at least 8, not 4"],
  [{ diskGiB: 8.5 }, "diskGiB is a whole number, not 8.5"],
  [{ diskGiB: 70_000 }, "diskGiB is at most 65536, not 70000"],
  ...["t2.small", "m4.large", "c4.large", "r4.large", "i3.large", "p3.2xlarge"].map((type): [Ec2HostArgs, string] => [
    { instanceType: type, dataVolume: { sizeGiB: 8 } },
    `Ec2Host machine: dataVolume needs an instance type of the Nitro System, which names a disk by its id; ${type} is older`,
  ]),
  [{ dataVolume: { sizeGiB: 0 } }, "Ec2Host machine: dataVolume.sizeGiB is at least 1, not 0"],
  [{ address: "intern" as "private" }, "address is one of public, private"],
  [{ subnetId: "subnet-x" }, "subnetId is the id of a subnet"],
  [{ availabilityZone: "eu-central-1" }, 'availabilityZone is a zone as eu-central-1a, not "eu-central-1"'],
  [{ instanceProfile: "arn:aws:iam::1:instance-profile/reader" }, "instanceProfile is the name of an instance profile"],
  [{ spot: { maxPrice: "$0.01" } }, "spot.maxPrice is dollars an hour as 0.01"],
  [{ tags: { "aws:team": "web" } }, "tags.aws:team begins with aws:, which is for AWS alone"],
  [{ tags: { Team: "w".repeat(257) } }, "tags.Team is longer than 256 characters"],
  [{ tags: { ["k".repeat(129)]: "" } }, "tags have keys of 1 to 128 characters"],
  [{ tags: Object.fromEntries(Array.from({ length: 50 }, (_, n) => [`t${n}`, ""])) }, "tags are at most 49, not 50"],
  [
    { subnetId: "subnet-01234567", availabilityZone: "eu-central-1a" },
    "Ec2Host machine: availabilityZone is that of subnetId: give one of them",
  ],
  [{ elasticIp: true, address: "private" }, "Ec2Host machine: elasticIp is a public address"],
])("refuses %j where it is written", (args, message) => {
  expect(() => new Ec2Host("machine", args)).toThrow(message);
});

test.each(["sg-web", "", "my host"])("refuses the name %j where it is written", (name) => {
  expect(() => new Ec2Host(name)).toThrow("its name is letters, digits");
});

test.each(["0.0.0.0/0", "::/0", "10.0.0.0/9", "203.0.113.7/32", "2001:db8::/33", "2001:db8::1/128"])(
  "knows the range %s",
  (range) => {
    expect(() => new Ec2Host("machine", { sshFrom: [range] })).not.toThrow();
  },
);

test.each<[string, Ec2HostArgs]>([
  ["an older type without a data volume", { instanceType: "t2.small" }],
  ["bare metal", { instanceType: "i3.metal", dataVolume: { sizeGiB: 8 } }],
  ["a type whose name begins alike", { instanceType: "i3en.large", dataVolume: { sizeGiB: 8 } }],
])("takes %s", (_, args) => {
  expect(() => new Ec2Host("machine", args)).not.toThrow();
});

test.each(["us-west-2-lax-1a", "us-gov-west-1b", "ap-southeast-2c"])("knows the zone %s", (availabilityZone) => {
  expect(() => new Ec2Host("machine", { availabilityZone })).not.toThrow();
});
