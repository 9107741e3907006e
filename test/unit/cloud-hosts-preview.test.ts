import { afterAll, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import * as pulumi from "@pulumi/pulumi";
import { execFile } from "node:child_process";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { App, ExistingHost, LocalVm, type AppArgs, type ExistingHostArgs, type LocalVmArgs } from "stackhouse";
import { Ec2Host, type Ec2HostArgs } from "stackhouse/aws";
import { DropletHost, type DropletHostArgs } from "stackhouse/digitalocean";
import { mintKeyPair } from "../../modules/ssh/keys.ts";
import { mockClouds, type MockClouds } from "../support/clouds/mock-clouds.ts";
import { documentedArguments } from "../support/clouds/tables.ts";
import { testFolder } from "../support/folder.ts";
import { allRegistered } from "../support/provider/mocks.ts";

const hostKey = mintKeyPair().publicKey;
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
  { instanceType: "t4g.small", architecture: "arm64", imageGeneration: "2" },
  { image: { ami: "ami-01234567" }, diskGiB: 20, instanceProfile: pulumi.output("reader"), tags: { Team: "web" } },
  { dataVolume: { sizeGiB: 8, keep: true }, elasticIp: true, spot: { maxPrice: "0.01" } },
  { subnetId: pulumi.output("subnet-1"), address: "private", dataVolume: { sizeGiB: 8 } },
  { availabilityZone: "eu-central-1b", sshFrom: ["203.0.113.7/32"], publishTo: ["::/0"], allowPublic: [5432] },
];
const droplets: readonly DropletHostArgs[] = [
  { region: "fra1" },
  { region: "fra1", size: "s-2vcpu-4gb", image: { image: "123" }, vpcId: pulumi.output("vpc"), tags: ["web"] },
  { region: "nyc3", dataVolume: { sizeGiB: 8 }, reservedIp: true, ipv6: true, monitoring: false, backups: true },
  { region: "fra1", sshFrom: ["203.0.113.7/32"], publishTo: ["::/0"], allowPublic: [5432] },
];
const secrets = await testFolder({ sudo: "let me in\n" });
afterAll(async () => secrets[Symbol.asyncDispose]());
const sudoPasswordFile = join(secrets.path, "sudo");
/** It has the words of one. */
const privateKeyFile = fileURLToPath(import.meta.url);
const existingHosts: readonly Partial<ExistingHostArgs>[] = [
  {},
  { address: pulumi.output("203.0.113.7"), port: pulumi.output(22), user: pulumi.output("deploy"), sudoPassword: "s" },
  { hostKey: pulumi.output(hostKey), privateKey: pulumi.secret("PRIVATE KEY"), allowPublic: [5432] },
  { jump: { address: pulumi.output("jump"), hostKey, privateKeyFile } },
  { privateKeyFile, sudoPasswordFile, jump: { address: "j", hostKey, port: 2222, user: "ops" } },
];
/** All that there are. */
const everyArgument: Readonly<Record<keyof LocalVmArgs, unknown>> & LocalVmArgs = {
  ...{
    vmId: "all",
    hostname: "all",
    cpus: 2,
    memoryMiB: 1024,
    diskGiB: 20,
    baseImage: "image",
    start: "warm",
    pool: 1,
  },
  ...{ authorizedKeys: [], preload: [], dataDisks: [], forwards: [] },
};
const localVms: readonly LocalVmArgs[] = [
  {},
  everyArgument,
  { cpus: pulumi.output(2), memoryMiB: pulumi.output(1024), diskGiB: pulumi.output(20), vmId: "box", hostname: "box" },
  { baseImage: "image", authorizedKeys: [pulumi.output("ssh-ed25519 AAAA")], start: "cold", pool: 2 },
  { forwards: [{ guestPort: pulumi.output(5432), hostPort: 15432, protocol: "tcp", hostAddress: "127.0.0.1" }] },
  { preload: ["images.tar"], dataDisks: [{ name: "data", sizeGiB: pulumi.output(8), mountPath: "/srv/data" }] },
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
  test.each<[string, readonly object[]]>([
    ["Ec2Host", ec2],
    ["DropletHost", droplets],
    ["ExistingHost", [{ address: "", hostKey: "" }, ...existingHosts]],
    ["LocalVm", localVms],
  ])("is tried with each argument that docs/hosts.md lists of %s", async (host, tried) => {
    const documented = (await documentedArguments(host)).map(({ argument }) => argument);
    expect([...new Set(tried.flatMap((args) => Object.keys(args)))].sort()).toEqual([...documented].sort());
  });

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

  test.each(existingHosts)("needs nothing that is unknown: ExistingHost %j", async (args) => {
    const given = { address: "203.0.113.7", hostKey, ...args };
    expect(await program(() => new App("shop", { host: new ExistingHost("machine", given), inline }))).toEqual([]);
    expect(clouds.registered.map(({ type }) => type)).toEqual(
      expect.arrayContaining(["stackhouse:index:Agent", "stackhouse:index:App"]),
    );
  });

  test.each(localVms)("needs nothing that is unknown: LocalVm %j", async (args) => {
    expect(await program(() => new App("shop", { host: new LocalVm("box", args), inline }))).toEqual([]);
    expect(clouds.registered.map(({ type }) => type)).toEqual(
      expect.arrayContaining(["stackhouse:index:Vm", "stackhouse:index:Agent", "stackhouse:index:App"]),
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

  test.each<[Ec2HostArgs["spot"], string]>([
    [true, "an EC2 instance t3.small (x86_64, debian-13) of the spot market, at the price of the hour: AWS may end it"],
    [{ maxPrice: "0.01" }, "of the spot market, for 0.01 dollars an hour at most: AWS may end it"],
  ])("says what a spot host may cost, and that it may end: %j", async (spot, words) => {
    await program(() => new Ec2Host("machine", { spot, sshFrom: ["203.0.113.7/32"] }));
    expect(clouds.said).toContainEqual(expect.stringContaining(words));
  });

  test("says the same of a machine that exists, where nothing is made but the agent", async () => {
    const host = new ExistingHost("machine", { address: "203.0.113.7", user: "deploy", hostKey });
    await program(() => new App("shop", { host, inline }));
    expect([...clouds.said].sort()).toEqual([
      expect.stringContaining("shop publishes at 203.0.113.7: 80/tcp"),
      expect.stringContaining(
        "the host agent on 203.0.113.7, by SSH to port 22 as deploy; what others have there stays",
      ),
    ]);
  });

  test("says the same of a droplet", async () => {
    const host = new DropletHost("machine", { region: "fra1", backups: true, sshFrom: ["203.0.113.7/32"] });
    await program(() => new App("shop", { host, inline }));
    expect([...clouds.said].sort()).toEqual([
      expect.stringContaining(
        "a droplet s-1vcpu-2gb (debian-13-x64) in fra1, with the disk of that size, with backups, which cost a fifth more; 22/tcp open to",
      ),
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
    ["6370-6380:5432", "publishes PostgreSQL on port 6370-6380 to the whole world"],
    ["6370-6380:5432", "allowPublic: [6370] there"],
    ["5430-5440:5432", "allowPublic: [5432] there"],
    ["6379:5432", "publishes PostgreSQL on port 6379"],
    ["11211:11211/udp", "publishes memcached on port 11211"],
    ["9999:11211/udp", "publishes memcached on port 9999"],
    ["1434:1434/udp", "publishes SQL Server"],
    ["9300:9300", "publishes Elasticsearch"],
    ["2181:2181", "publishes ZooKeeper"],
    ["27018:27018", "publishes MongoDB"],
    ["[::ffff:203.0.113.1]:5432:5432", "publishes PostgreSQL"],
  ])("may be no database for the whole world: %s", (port, message) => {
    expect(() => app([port])).toThrow(message);
  });

  test.each<[string, string, Ec2HostArgs]>([
    ["named by allowPublic", "15432:5432", { allowPublic: [15432] }],
    ["in a range, named by allowPublic", "6370-6380:80", { allowPublic: [6379] }],
    ["behind a range, named by allowPublic", "6370-6380:5432", { allowPublic: [6370] }],
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

  test.each([
    ["extends", { db: { image: "db:1", extends: "${NAME}" } }, {}, "services.db.extends"],
    [
      "a file to extend",
      { db: { image: "db:1", extends: { file: "${NAME}", service: "db" } } },
      {},
      "services.db.extends",
    ],
    ["a file to include", { db: { image: "db:1" } }, { include: ["${NAME}"] }, "include.0"],
  ])("cannot hide in a variable that names %s", (_, services, more, argument) => {
    const variables = { NAME: pulumi.output("base") };
    expect(() => app([], { inline: { services, ...more }, variables })).toThrow(
      `App shop: ${argument} is not known before up: behind the firewall of its host a port is written out`,
    );
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

  test.each([
    ["a folder", (path: string) => mkdir(path)],
    ["a pipe", (path: string) => promisify(execFile)("mkfifo", [path])],
    ["UTF-16", (path: string) => writeFile(path, "services: {}", "utf16le")],
  ])("of a stack file that is %s is nothing: the app's own check tells that", async (_, make) => {
    await using folder = await testFolder();
    const path = join(folder.path, "compose.yaml");
    await make(path);
    const host = new Ec2Host("machine", { sshFrom: ["203.0.113.7/32"] });
    expect(await program(() => new App("shop", { host, files: path }))).toEqual([]);
    expect(clouds.registered.map(({ type }) => type)).toContain("stackhouse:index:App");
  });

  test("of a stack file with errors is nothing: the app's own check tells them", async () => {
    expect(await program(() => app([], { inline: { services: { db: { imge: "x", ports: ["80:80"] } } } }))).toEqual([]);
    expect(clouds.registered.map(({ type }) => type)).toContain("stackhouse:index:App");
  });
});

describe("what an app publishes on a machine that exists", () => {
  const app = (port: string, host: Partial<ExistingHostArgs> = {}, args: Partial<AppArgs<"db">> = {}) =>
    new App("shop", {
      host: new ExistingHost("machine", { address: "203.0.113.7", hostKey, ...host }),
      inline: { services: { db: { image: "db:1", ports: [port] } } },
      ...args,
    });

  test.each<[string, string, Partial<ExistingHostArgs>, string]>([
    ["at its address", "5432:5432", {}, "publishes PostgreSQL (5432/tcp) where the whole world may reach it"],
    ["at a free port", "5432", {}, "publishes PostgreSQL (a free port for 5432/tcp)"],
    ["at a free port", "5432", {}, "allowPublic: [5432] on the host (stackhouse up --allow-public 5432)"],
    ["at another port", "15432:5432", {}, "allowPublic: [15432] on the host"],
    ["at all addresses", "0.0.0.0:6379:6379", {}, "publishes Redis"],
    ["at all addresses", "[::]:6379:6379", {}, "publishes Redis"],
    ["at a public address of it", "203.0.113.9:3306:3306", { address: "10.0.0.5" }, "publishes MySQL"],
    ["where it is known by a name", "27017:27017", { address: "db.example" }, "publishes MongoDB"],
    ["where its address is known later", "27017:27017", { address: pulumi.output("10.0.0.5") }, "publishes MongoDB"],
    ["with another one allowed", "2375:2375", { allowPublic: [5432] }, "publishes Docker's API"],
    ["behind a range of others", "6370-6380:5432", { allowPublic: [6379] }, "publishes PostgreSQL (6370-6380/tcp)"],
    ["that answers over UDP", "11211:11211/udp", {}, "publishes memcached (11211/udp)"],
  ])("may be no database %s: %s", (_, port, host, message) => {
    expect(() => app(port, host)).toThrow(message);
  });

  test.each<[string, string, Partial<ExistingHostArgs>]>([
    ["named by allowPublic", "5432:5432", { allowPublic: [5432] }],
    ["named by allowPublic at a free port", "5432", { allowPublic: [5432] }],
    ["on the machine alone", "127.0.0.1:5432:5432", {}],
    ...["10.0.0.5", "172.16.0.1", "192.168.1.2", "100.64.0.9", "[fd00::5]", "[::ffff:10.0.0.5]"].map(
      (address): [string, string, Partial<ExistingHostArgs>] => ["for its own network", `${address}:5432:5432`, {}],
    ),
    ...["10.0.0.5", "127.0.0.1", "fd00::5", "localhost", "box.local"].map(
      (address): [string, string, Partial<ExistingHostArgs>] => [
        `at ${address}, which nobody reaches from the internet`,
        "5432:5432",
        { address },
      ],
    ),
    ["over UDP", "5432:5432/udp", {}],
  ])("may be a database %s: %s", async (_, port, host) => {
    expect(await program(() => app(port, host))).toEqual([]);
  });

  test("is told with the port that is left to it", async () => {
    await program(() => app("8080"));
    expect(clouds.said).toContainEqual(
      expect.stringContaining("shop publishes at 203.0.113.7: a free port for 8080/tcp"),
    );
  });

  test("is told with the address that the stack file names", async () => {
    await program(() => app("10.0.0.5:5432:5432"));
    expect(clouds.said).toContainEqual(expect.stringContaining("shop publishes at 203.0.113.7: 5432/tcp of 10.0.0.5"));
  });

  test("is not told where its address is a secret", async () => {
    await program(() => app("80:80", { address: pulumi.secret("203.0.113.7") }));
    expect(clouds.said).toEqual([]);
  });

  test.each<[string, Partial<AppArgs<"db">>]>([
    [
      "services.db.ports",
      {
        inline: { services: { db: { image: "db:1", ports: ["${PORT}:5432"] } } },
        variables: { PORT: pulumi.output("80") },
      },
    ],
    ["variables", { variables: pulumi.output({ PORT: "80" }) }],
    ["services.db.ports", { inline: { services: { db: { image: "db:1", ports: pulumi.output(["5432:5432"]) } } } }],
  ])("is not known where it hides in %s, which a warning says", async (argument, args) => {
    expect(await program(() => app("80:80", {}, args))).toEqual([]);
    expect(clouds.said).toContainEqual(
      expect.stringContaining(
        `App shop: ${argument} is not known before up: nobody looks whether it publishes a database`,
      ),
    );
  });

  test("may be at a port that is known later, but for a database", async () => {
    const variables = { PORT: pulumi.output("80") };
    const inline = (target: number) => ({
      services: { db: { image: "db:1", ports: [{ target, published: "${PORT}" }] } },
    });
    expect(await program(() => app("", {}, { variables, inline: inline(80) }))).toEqual([]);
    expect(() => app("", {}, { variables, inline: inline(5432) })).toThrow("publishes PostgreSQL");
  });

  describe("by the host's own network", () => {
    const listening = (expose: readonly string[], host: Partial<ExistingHostArgs> = {}) =>
      app("", host, { inline: { services: { db: { image: "db:1", network_mode: "host", expose } } } });

    test.each<[string[], Partial<ExistingHostArgs>, string]>([
      [["5432"], {}, "services.db.network_mode is host, so PostgreSQL (5432/tcp) listens where the whole world may"],
      [["11211/udp"], {}, "memcached (11211/udp)"],
      [["6370-6380"], { allowPublic: [5432] }, "allowPublic: [6379] on the host"],
    ])("may be no database that it exposes: %j", (expose, host, message) => {
      expect(() => listening(expose, host)).toThrow(message);
    });

    test.each<[string[], Partial<ExistingHostArgs>]>([
      [[], {}],
      [["80"], {}],
      [["5432"], { allowPublic: [5432] }],
    ])("is not known, which a warning says: %j with %j", async (expose, host) => {
      await program(() => listening(expose, host));
      expect(clouds.said).toContainEqual(
        expect.stringContaining("App shop: services.db.network_mode is host: whoever"),
      );
    });

    test("concerns nobody where the world does not reach the host", async () => {
      await program(() => listening(["5432"], { address: "10.0.0.5" }));
      expect(clouds.said).not.toContainEqual(expect.stringContaining("network_mode"));
    });
  });

  test.each([[[0]], [[70_000]]])("allows no port that is none: %j", (allowPublic) => {
    expect(() => app("80:80", { allowPublic })).toThrow("ExistingHost machine: allowPublic[0] is at");
  });
});
