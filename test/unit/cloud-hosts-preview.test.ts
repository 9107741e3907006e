import { beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import * as pulumi from "@pulumi/pulumi";
import { App, type AppArgs } from "stackhouse";
import { Ec2Host, type Ec2HostArgs } from "stackhouse/aws";
import { DropletHost, type DropletHostArgs } from "stackhouse/digitalocean";
import { mockClouds, type MockClouds } from "../support/clouds/mock-clouds.ts";
import { allRegistered } from "../support/provider/mocks.ts";

let clouds: MockClouds;
beforeAll(async () => {
  clouds = await mockClouds("preview");
});
beforeEach(() => {
  clouds.registered.length = 0;
  clouds.said.length = 0;
});

const ec2: readonly Ec2HostArgs[] = [
  {},
  { instanceType: "t4g.small", imageGeneration: "2" },
  { image: { ami: "ami-01234567" }, diskGiB: 20, instanceProfile: pulumi.output("reader"), tags: { Team: "web" } },
  { dataVolume: { sizeGiB: 8, keep: true }, elasticIp: true, spot: { maxPrice: "0.01" } },
  { subnetId: pulumi.output("subnet-1"), address: "private", dataVolume: { sizeGiB: 8 } },
  { availabilityZone: "eu-central-1b", sshFrom: ["203.0.113.7/32"], publishTo: ["::/0"], allowPublic: [5432] },
];
const droplets: readonly DropletHostArgs[] = [
  { region: "fra1" },
  { region: "fra1", size: "s-2vcpu-4gb", image: { image: "123" }, vpcId: pulumi.output("vpc"), tags: ["web"] },
  { region: "nyc3", dataVolume: { sizeGiB: 8 }, reservedIp: true, ipv6: true, monitoring: false, backups: true },
];
const inline = { services: { web: { image: "web:1", ports: ["80:8080"] } } };

/** What a callback throws that is given something unknown comes as an unhandled rejection. */
async function program(run: () => void): Promise<readonly unknown[]> {
  const thrown: unknown[] = [];
  const note = (error: unknown): void => void thrown.push(error);
  process.on("unhandledRejection", note);
  run();
  await allRegistered();
  await new Promise(setImmediate);
  process.off("unhandledRejection", note);
  return thrown;
}

describe("a preview of a host that is not there", () => {
  test.each(ec2)("needs nothing that is unknown: Ec2Host %j", async (args) => {
    expect(await program(() => new App("shop", { host: new Ec2Host("machine", args), inline }))).toEqual([]);
    expect(clouds.registered.map(({ type }) => type)).toEqual(
      expect.arrayContaining(["aws:ec2/instance:Instance", "stackhouse:index:Agent", "stackhouse:index:App"]),
    );
  });

  test.each(droplets)("needs nothing that is unknown: DropletHost %j", async (args) => {
    expect(await program(() => new App("shop", { host: new DropletHost("machine", args), inline }))).toEqual([]);
    expect(clouds.registered.map(({ type }) => type)).toEqual(
      expect.arrayContaining(["digitalocean:index/droplet:Droplet", "stackhouse:index:Agent", "stackhouse:index:App"]),
    );
  });

  test("says in plain words what will be made, and which ports are opened", async () => {
    const host = new Ec2Host("machine", { dataVolume: { sizeGiB: 8 }, elasticIp: true, sshFrom: ["203.0.113.7/32"] });
    await program(() => new App("shop", { host, inline }));
    expect([...clouds.said].sort()).toEqual([
      expect.stringContaining(
        "an EC2 instance t3.small (x86_64, debian-13); root disk 16 GiB gp3, encrypted; " +
          "data volume 8 GiB gp3, encrypted; an elastic IP; 22/tcp open to 203.0.113.7/32; in eu-central-1",
      ),
      expect.stringContaining("shop opens 80/tcp to the whole world"),
    ]);
  });

  test("says the same of a droplet", async () => {
    const host = new DropletHost("machine", { region: "fra1", backups: true, sshFrom: ["203.0.113.7/32"] });
    await program(() => new App("shop", { host, inline }));
    expect([...clouds.said].sort()).toEqual([
      expect.stringContaining("a droplet s-1vcpu-2gb (debian-13-x64) in fra1, with backups; 22/tcp open to"),
      expect.stringContaining("shop opens 80/tcp to the whole world"),
    ]);
  });

  test.each([undefined, ["0.0.0.0/0"], ["::/0"], ["0.0.0.0/1", "128.0.0.0/1"], ["::/1"], ["2000::/3"], ["64.0.0.0/2"]])(
    "warns of SSH that is open to the world: %j",
    async (sshFrom) => {
      await program(() => new DropletHost("machine", { region: "fra1", sshFrom }));
      expect(clouds.said).toContainEqual(expect.stringMatching(/warning: .*SSH is open to the world/));
    },
  );

  test.each([["10.0.0.0/8"], ["203.0.113.7/32"], ["fc00::/7"], ["fd00::/8"], ["2001:db8::/32"]])(
    "does not warn of SSH that one network may reach: %s",
    async (range) => {
      await program(() => new DropletHost("machine", { region: "fra1", sshFrom: [range] }));
      expect(clouds.said).not.toContainEqual(expect.stringContaining("SSH is open to the world"));
    },
  );
});

describe("what an app publishes", () => {
  const app = (ports: readonly string[], args: Partial<AppArgs<"db">> = {}, host: Ec2HostArgs = {}) =>
    new App("shop", {
      host: new Ec2Host("machine", { sshFrom: ["203.0.113.7/32"], ...host }),
      inline: { services: { db: { image: "db:1", ports } } },
      ...args,
    });

  test.each([
    ["5432:5432", "publishes PostgreSQL on port 5432 to the whole world"],
    ["15432:5432", "publishes PostgreSQL on port 15432 to the whole world"],
    ["3306:3306", "publishes MySQL"],
    ["6379:6379", "publishes Redis"],
    ["27017:27017", "publishes MongoDB"],
    ["2375:2375", "publishes Docker's API"],
    ["6370-6380:80", "publishes Redis on port 6370-6380 to the whole world"],
    ["6370-6380:80", "allowPublic: [6379] there"],
    ["[::ffff:203.0.113.1]:5432:5432", "publishes PostgreSQL"],
  ])("may be no database for the whole world: %s", (port, message) => {
    expect(() => app([port])).toThrow(message);
  });

  test.each<[string, string, Ec2HostArgs]>([
    ["named by allowPublic", "15432:5432", { allowPublic: [15432] }],
    ["in a range, named by allowPublic", "6370-6380:80", { allowPublic: [6379] }],
    ["for some", "5432:5432", { publishTo: ["203.0.113.0/24"] }],
    ["for a network of one's own", "5432:5432", { publishTo: ["10.0.0.0/8", "fc00::/7"] }],
    ...["127.0.0.1", "127.1.2.3", "[::1]", "[0:0:0:0:0:0:0:1]", "[::ffff:127.0.0.1]"].map(
      (address): [string, string, Ec2HostArgs] => ["on the host alone", `${address}:5432:5432`, {}],
    ),
    ["over UDP", "5432:5432/udp", {}],
  ])("may be a database %s", async (_, port, host) => {
    expect(await program(() => app([port], {}, host))).toEqual([]);
  });

  test.each([
    ["8080", '"8080:8080" fixes it'],
    ["0:8080", '"8080:8080" fixes it'],
    ["${PORT}:80", "is not known before up"],
  ])("is written out: %s", (port, message) => {
    expect(() => app([port], { variables: { PORT: pulumi.output("80") } })).toThrow(
      expect.objectContaining({ message: expect.stringContaining(`App shop: services.db.ports`) }),
    );
    expect(() => app([port], { variables: { PORT: pulumi.output("80") } })).toThrow(message);
  });

  const later = pulumi.output({ image: "db:1", ports: ["5432:5432"] });
  test.each<[string, unknown]>([
    ["services", pulumi.output({ db: later })],
    ["services.db", later],
    ["services.db", Promise.resolve({ image: "db:1" })],
    ["services.db.ports", { image: "db:1", ports: pulumi.output(["80:80"]) }],
    ["services.db.ports", { image: "db:1", ports: [pulumi.output("80:80")] }],
    ["services.db.extends", { image: "db:1", extends: pulumi.output({ service: "other" }) }],
    ["include", pulumi.output(["other.yaml"])],
  ])("cannot hide in an output: %s", (argument, value) => {
    const inline =
      argument === "services" || argument === "include" ? { [argument]: value } : { services: { db: value } };
    const described = { services: { db: { image: "db:1" } }, ...inline } as unknown as AppArgs<"db">["inline"];
    expect(() => app([], { inline: described })).toThrow(
      `App shop: ${argument} is not known before up: behind the firewall of its host a port is written out`,
    );
  });

  test("does not hide in outputs beside it", async () => {
    const db = { image: pulumi.output("db:1"), environment: pulumi.output({ KEY: "x" }), ports: ["8081:80"] };
    expect(await program(() => app([], { inline: { services: { db } } }))).toEqual([]);
    expect(clouds.said).toContainEqual(expect.stringContaining("shop opens 8081/tcp"));
  });

  test.each(["65536:80", "8010-8000:80", "65530-65540:80-90", "80:0"])(
    "is opened for no port that is none: %s",
    async (port) => {
      expect(await program(() => app([port]))).toEqual([]);
      expect(clouds.said).not.toContainEqual(expect.stringContaining("shop opens"));
      expect(clouds.registered.map(({ type }) => type)).toContain("stackhouse:index:App");
    },
  );

  test("may come from a variable whose value is written out", async () => {
    await program(() => app(["${PORT}:80"], { variables: { PORT: "8081", OTHER: pulumi.output("x") } }));
    expect(clouds.said).toContainEqual(expect.stringContaining("shop opens 8081/tcp"));
  });

  test("cannot be known from variables that are one output", () => {
    expect(() => app(["80:80"], { variables: pulumi.output({ PORT: "80" }) })).toThrow(
      "App shop: variables is one output",
    );
  });

  test("of a stack file with errors is nothing: the app's own check tells them", async () => {
    expect(await program(() => app([], { inline: { services: { db: { imge: "x", ports: ["80:80"] } } } }))).toEqual([]);
    expect(clouds.registered.map(({ type }) => type)).toContain("stackhouse:index:App");
  });
});
