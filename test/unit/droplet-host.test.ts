import { isDeepStrictEqual } from "node:util";
import { beforeAll, describe, expect, test } from "@jest/globals";
import { App } from "stackhouse";
import { DropletHost, type DropletHostArgs } from "stackhouse/digitalocean";
import { dropletChanges } from "../support/clouds/droplet-changes.ts";
import { mockClouds, type MockClouds } from "../support/clouds/mock-clouds.ts";
import { changedPaths, effectOn, type Effect } from "../support/clouds/replacing.ts";
import { documentedArguments } from "../support/clouds/tables.ts";
import { allRegistered, type Registered } from "../support/provider/mocks.ts";

const dropletType = "digitalocean:index/droplet:Droplet";
const base = { region: "fra1" } as const;
let clouds: MockClouds;

beforeAll(async () => {
  clouds = await mockClouds("up");
});

async function made(args: DropletHostArgs, more: (host: DropletHost) => void = shop): Promise<Registered[]> {
  clouds.registered.length = 0;
  more(new DropletHost("machine", args));
  await allRegistered();
  return [...clouds.registered];
}
const shop = (host: DropletHost): void => {
  const services = { web: { image: "web:1", ports: ["80:8080", "53:53/udp", "127.0.0.1:9000:9000"] } };
  new App("shop", { host, inline: { services } });
};
const firewallType = "digitalocean:index/firewall:Firewall";
const withPorts =
  (...ports: readonly string[]) =>
  (host: DropletHost): void => {
    new App("my_shop", { host, inline: { services: { web: { image: "web:1", ports } } } });
  };
const inputsOf = (all: readonly Registered[], type: string): Registered["inputs"][] =>
  all.filter((one) => one.type === type).map(({ inputs }) => inputs);
const asGiven = (all: readonly Registered[]): readonly string[] =>
  all
    .filter(({ type }) => type.startsWith("digitalocean:"))
    .map((one) => JSON.stringify(one))
    .sort();

describe("a changed argument", () => {
  test("is documented, each of them", async () => {
    const documented = (await documentedArguments("DropletHost")).map(({ argument }) => argument);
    expect([...documented].sort()).toEqual(Object.keys(dropletChanges).sort());
  });

  test("does what docs/hosts.md says", async () => {
    for (const { argument, change } of await documentedArguments("DropletHost")) {
      const [old, next] = [await made(base), await made({ ...base, ...dropletChanges[argument] })];
      const [one, other] = [inputsOf(old, dropletType)[0]!, inputsOf(next, dropletType)[0]!];
      const onMachine = effectOn(dropletType, changedPaths(one, other), other);
      const isOther = !isDeepStrictEqual(asGiven(old), asGiven(next));
      const effect: Effect = onMachine === "nothing" && isOther ? "update" : onMachine;
      expect({ argument, effect }).toEqual({ argument, effect: change });
    }
  });
});

describe("a droplet host", () => {
  test("is a droplet that boots with its keys, and needs no password by mail", async () => {
    const [droplet] = inputsOf(await made(base), dropletType);
    expect(droplet).toMatchObject({
      region: "fra1",
      size: "s-1vcpu-2gb",
      image: "debian-13-x64",
      monitoring: true,
      backups: false,
      sshKeys: ["aa:bb"],
      userData: { value: "#cloud-config\n" },
    });
  });

  test.each<[Partial<DropletHostArgs>, string]>([
    [{}, "198.51.100.2"],
    [{ reservedIp: true }, "198.51.100.8"],
  ])("is reached where %j says", async (args, address) => {
    const [agent] = inputsOf(await made({ ...base, ...args }), "stackhouse:index:Agent");
    expect(agent?.["connection"]).toMatchObject({ value: { address, machineId: "machine-id" } });
  });

  test("mounts its data volume by a name that stays", async () => {
    const [agent] = inputsOf(await made({ ...base, dataVolume: { sizeGiB: 8 } }), "stackhouse:index:Agent");
    expect(agent).toMatchObject({ volumeDevice: "/dev/disk/by-id/scsi-0DO_Volume_machine-data" });
  });

  test("opens SSH and exactly what apps publish to others", async () => {
    const firewalls = inputsOf(
      await made({ ...base, sshFrom: ["203.0.113.7/32"], publishTo: ["203.0.113.0/24"] }),
      firewallType,
    );
    const opened = firewalls.flatMap(({ inboundRules }) => inboundRules as unknown[]);
    expect(opened).toHaveLength(3);
    expect(opened).toEqual(
      expect.arrayContaining([
        { protocol: "tcp", portRange: "22", sourceAddresses: ["203.0.113.7/32"] },
        { protocol: "tcp", portRange: "80", sourceAddresses: ["203.0.113.0/24"] },
        { protocol: "udp", portRange: "53", sourceAddresses: ["203.0.113.0/24"] },
      ]),
    );
  });

  test.each<[string, Partial<DropletHostArgs>, string[], readonly object[]]>([
    [
      "a range of ports, and both kinds of addresses",
      { publishTo: ["203.0.113.0/24", "2001:db8::/32"] },
      ["8000-8002:80"],
      [{ protocol: "tcp", portRange: "8000-8002", sourceAddresses: ["203.0.113.0/24", "2001:db8::/32"] }],
    ],
    [
      "a database that allowPublic names",
      { allowPublic: [5432] },
      ["5432:5432"],
      [{ protocol: "tcp", portRange: "5432", sourceAddresses: ["0.0.0.0/0", "::/0"] }],
    ],
    ["nothing to nobody", { publishTo: [] }, ["80:80"], []],
    [
      "a port once that is published at two addresses",
      { publishTo: ["203.0.113.0/24"] },
      ["10.0.0.5:80:80", "10.0.0.6:80:80"],
      [{ protocol: "tcp", portRange: "80", sourceAddresses: ["203.0.113.0/24"] }],
    ],
  ])("opens %s", async (_, args, ports, opened) => {
    const firewalls = inputsOf(await made({ ...base, ...args }, withPorts(...ports)), firewallType);
    const inbound = firewalls.flatMap(({ inboundRules }) => inboundRules as { portRange: string }[]);
    expect(inbound.filter(({ portRange }) => portRange !== "22")).toEqual(opened);
  });

  test("refuses a database that the world would reach, by an app with any name", async () => {
    await expect(made(base, withPorts("5432:5432"))).rejects.toThrow(
      "App my_shop: services.web.ports publishes PostgreSQL",
    );
    const all = await made(base, withPorts("80:80"));
    expect(all.map(({ type, name }) => `${type} ${name}`)).toContainEqual(
      expect.stringMatching(`^${firewallType} machine\\.my-shop\\.[0-9a-f]{6}$`),
    );
  });

  test("refuses an app the port of SSH, which sshFrom opens", async () => {
    const refusal =
      'services.web.ports publishes port 22, where the SSH server of the host listens, which sshFrom opens: "2222:22"';
    await expect(made({ ...base, publishTo: ["203.0.113.0/24"] }, withPorts("22:22"))).rejects.toThrow(refusal);
    await expect(made(base, withPorts("20-30:22"))).rejects.toThrow("publishes port 22");
    await made(base, withPorts("22:22/udp", "127.0.0.1:22:22"));
  });

  test("has a firewall for each of two apps whose names differ in what none may be called", async () => {
    const all = await made(base, (host) => {
      withPorts("80:80")(host);
      new App("my-shop", { host, inline: { services: { web: { image: "web:1", ports: ["81:80"] } } } });
    });
    expect(new Set(all.filter(({ type }) => type === firewallType).map(({ name }) => name)).size).toBe(3);
  });

  test("whose name ends with that of another's app has a firewall of its own", async () => {
    const all = await made(base, (host) => {
      new App("db", { host, inline: { services: { db: { image: "db:1", ports: ["80:80"] } } } });
      new DropletHost("machine-db", base);
    });
    const names = all.filter(({ type }) => type === firewallType).map(({ name }) => name);
    expect(new Set(names).size).toBe(3);
  });

  test("with a data volume shuts down before it gives that back, and its successor comes after", async () => {
    const [droplet] = inputsOf(await made({ ...base, dataVolume: { sizeGiB: 8 } }), dropletType);
    expect(droplet).toMatchObject({ gracefulShutdown: true });
    const [without] = inputsOf(await made(base), dropletType);
    expect(without).not.toHaveProperty("gracefulShutdown");
  });
});

describe("what a droplet needs and what its changes do", () => {
  const conditions = async (args: Partial<DropletHostArgs> = {}, of = "allowed"): Promise<Registered["inputs"]> => {
    const all = await made({ ...base, ...args });
    return all.find(({ type, name }) => type === "stackhouse:index:Allowed" && name === `machine-${of}`)!.inputs;
  };

  test("is its size in its region, which is not met while DigitalOcean does not answer", async () => {
    expect(await conditions()).toMatchObject({ needs: { offer: { allowed: ["s-1vcpu-2gb", "s-2vcpu-4gb"] } } });
    clouds.noRegions = "503";
    try {
      const reason = expect.stringMatching(
        /^could not look up the region fra1 of DigitalOcean: .*run this again later$/u,
      );
      expect(await conditions()).toMatchObject({ needs: { offer: { allowed: [], reason } } });
    } finally {
      clouds.noRegions = undefined;
    }
  });

  test("knows an IPv6 address as what a droplet may get and gives up by another one alone", async () => {
    const [without, having] = [await conditions(), await conditions({ ipv6: true })];
    const lasting = { lasting: "IPv6" };
    expect(having).toMatchObject({ needs: { offer: lasting } });
    expect(await conditions({ ipv6: true }, "made")).toMatchObject({
      ...{ made: true, needs: { offer: lasting }, tells: { machine: lasting } },
    });
    expect(having).toMatchObject({ needs: { offer: { about: (without["needs"] as Needs).offer.about } } });
    expect(JSON.stringify(without)).not.toContain("lasting");
  });

  interface Needs {
    readonly offer: { readonly about: string };
  }
});

test.each<[string, Partial<DropletHostArgs>, string]>([
  ["my_host", {}, 'its name is letters, digits, dots and hyphens, at most 55, not "my_host"'],
  ["Web", { dataVolume: { sizeGiB: 1 } }, "its name, which dataVolume has too, is small letters"],
])("refuses the name %s", (name, args, message) => {
  expect(() => new DropletHost(name, { ...base, ...args })).toThrow(`DropletHost ${name}: ${message}`);
});

test.each<[DropletHostArgs, string]>([
  [{ region: "Frankfurt" }, 'DropletHost machine: region is a region, as in fra1, not "Frankfurt"'],
  [{ ...base, size: "2 GB" }, 'DropletHost machine: size is a size, as in s-1vcpu-2gb, not "2 GB"'],
  [{ ...base, tags: ["a b"] }, "DropletHost machine: tags is letters"],
  [{ ...base, sshFrom: [] }, "DropletHost machine: sshFrom is empty"],
  [
    { ...base, image: "debian-11" as "debian-12" },
    "image is one of debian-13, debian-12, ubuntu-26.04, ubuntu-24.04, ubuntu-22.04",
  ],
  [
    { ...base, image: { image: "Debian 13" } },
    'image.image is the slug or the id of an image, as in debian-13-x64, not "Debian 13"',
  ],
  [{ ...base, vpcId: "default" }, 'vpcId is the id of a VPC, a UUID, not "default"'],
  [{ ...base, dataVolume: { sizeGiB: 20_000 } }, "dataVolume.sizeGiB is at most 16384, not 20000"],
  [{ ...base, dataVolume: { sizeGiB: 0.5 } }, "DropletHost machine: dataVolume.sizeGiB is a whole number, not 0.5"],
])("refuses %j where it is written", (args, message) => {
  expect(() => new DropletHost("machine", args)).toThrow(message);
});
