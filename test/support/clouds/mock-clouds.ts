import { jest } from "@jest/globals";
import type { HostConnection } from "../../../modules/protocol/host.ts";
import { mockEngine, type MockOptions, type Registered } from "../provider/mocks.ts";

type Properties = Readonly<Record<string, unknown>>;

const identity = {
  hostId: "SHA256:1",
  hostKey: "ssh-ed25519 AAAAhost",
  publicKey: "ssh-ed25519 AAAAlogin",
  privateKey: "k",
  userData: "#cloud-config\n",
};
const connection: HostConnection = {
  address: "198.51.100.1",
  port: 22,
  user: "root",
  hostKey: identity.hostKey,
  machineId: "m-1",
};

export interface MockClouds {
  /** Everything that programs registered since the last `forget`. */
  readonly registered: Registered[];
  /** Which image is the newest of its kind now. */
  newest: string;
  /** Why DigitalOcean does not say what its regions have; undefined: it does. */
  noRegions: string | undefined;
  /** What people were told: `warning: …`, `info: …`. */
  readonly said: string[];
  /** What is pinned, by question: as the state of a Pulumi stack holds it. */
  readonly pins: Map<string, string>;
}

/** A subnet that gives its instances no public address. */
export const inwards = "subnet-0123456789abcdef9";

/** Zones of the default subnets, by id. */
const defaultSubnets: Readonly<Record<string, string | undefined>> = {
  "subnet-00000000c": "eu-central-1c",
  "subnet-00000000a": "eu-central-1a",
  "subnet-00000000b": "eu-central-1b",
};

/** Those that have every instance type, in any order. Where an account has opted in, Local Zones are among them. */
const zones = [
  ...["eu-central-1c", "eu-central-1b", "eu-central-1a", "eu-central-1-ham-1a"],
  ...["us-west-2-lax-1a", "us-gov-west-1b", "ap-southeast-2c"],
];

/** Of all programs of the tests. */
const names = ["web", "db", "dns", "api", "cache"];
const service = { url: "http://198.51.100.1", ports: [], state: "running", imageDigest: "sha256:1" };

/** Clouds that make what they are asked for. In a preview only what the program itself gave is known. */
export async function mockClouds(mode: "up" | "preview"): Promise<MockClouds> {
  const pins = new Map<string, string>();
  const said: string[] = [];
  const clouds: Omit<MockClouds, "registered"> = { newest: "1", noRegions: undefined, pins, said };
  // Without an engine the SDK logs there.
  for (const method of ["warn", "log"] as const) {
    jest.spyOn(console, method).mockImplementation((...words: unknown[]) => void said.push(words.join(" ")));
  }
  const lookUp: MockOptions["lookUp"] = (token, inputs) => {
    switch (token) {
      case "aws:index/getRegion:getRegion":
        return { region: "eu-central-1" };
      case "aws:ec2/getAmiIds:getAmiIds":
        return { ids: [`ami-${JSON.stringify(inputs["filters"])}-${clouds.newest}`, "ami-older"] };
      case "aws:ec2/getInstanceTypeOfferings:getInstanceTypeOfferings":
        return { locations: zones };
      case "aws:ec2/getInstances:getInstances":
        return { publicIps: ["198.51.100.1"] };
      case "aws:ec2/getSubnets:getSubnets":
        return { ids: Object.keys(defaultSubnets) };
      case "aws:ec2/getSubnet:getSubnet":
        return {
          availabilityZone: defaultSubnets[String(inputs["id"])] ?? "eu-central-1c",
          vpcId: "vpc-1",
          mapPublicIpOnLaunch: inputs["id"] !== inwards,
        };
      case "digitalocean:index/getRegion:getRegion":
        if (clouds.noRegions !== undefined) throw new Error(clouds.noRegions);
        return { available: true, sizes: ["s-1vcpu-2gb", "s-2vcpu-4gb"] };
      default:
        throw new Error(`the mock knows no ${token}`);
    }
  };
  const pinned = (inputs: Properties): Properties => {
    const question = String(inputs["question"]);
    const value = pins.get(question) ?? String(inputs["value"]);
    pins.set(question, value);
    return { value };
  };
  const always = { "stackhouse:index:Pin": pinned };
  const made = {
    "stackhouse:index:Identity": identity,
    "stackhouse:index:Agent": {
      connection,
      facts: { architecture: "x86_64", cpus: 2, memoryBytes: 1, os: "Debian 13" },
    },
    "stackhouse:index:App": {
      name: "shop",
      release: "r1",
      services: Object.fromEntries(names.map((name) => [name, service])),
    },
    "aws:ec2/instance:Instance": { publicIp: "198.51.100.1", privateIp: "10.0.0.5" },
    "aws:ec2/keyPair:KeyPair": { keyName: "key-1" },
    "aws:ec2/eipAssociation:EipAssociation": { publicIp: "198.51.100.9" },
    "digitalocean:index/droplet:Droplet": { ipv4Address: "198.51.100.2", status: "active" },
    "digitalocean:index/tag:Tag": { name: "machine-tag" },
    "digitalocean:index/sshKey:SshKey": { fingerprint: "aa:bb" },
    "digitalocean:index/reservedIp:ReservedIp": { ipAddress: "198.51.100.8" },
    "digitalocean:index/volume:Volume": { name: "machine-data" },
  };
  const registered = await mockEngine(mode === "up" ? { ...always, ...made } : always, { mode, lookUp });
  return Object.assign(clouds, { registered });
}
