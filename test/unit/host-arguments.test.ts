import * as pulumi from "@pulumi/pulumi";
import { describe, expect, test } from "@jest/globals";
import { App, ExistingHost, LocalVm, type AppArgs, type ExistingHostArgs, type LocalVmArgs } from "stackhouse";
import { Ec2Host, type Ec2HostArgs } from "stackhouse/aws";
import { DropletHost, type DropletHostArgs } from "stackhouse/digitalocean";
import { mintKeyPair } from "../../modules/ssh/keys.ts";

// Programs may be plain JavaScript: what a compiler would refuse reaches these.

test.each<[object | null, string]>([
  [{ spot: "true" }, "spot is true or false, not a text"],
  [{ spot: { maxPrize: "0.01" } }, "spot.maxPrize is no argument: did you mean maxPrice?"],
  [{ spot: { maxPrice: 0.01 } }, "spot.maxPrice is a text, not a number"],
  [{ elasticIp: "yes" }, "elasticIp is true or false, not a text"],
  [{ sshform: ["10.0.0.0/8"] }, "sshform is no argument: did you mean sshFrom?"],
  [{ dataVolume: { sizeGiB: 8, keeep: true } }, "dataVolume.keeep is no argument: did you mean keep?"],
  [{ dataVolume: 8 }, "dataVolume is an object, not a number"],
  [{ dataVolume: {} }, "dataVolume.sizeGiB is missing"],
  [{ dataVolume: { sizeGiB: pulumi.output(8) } }, "dataVolume.sizeGiB has to be known while the program runs"],
  [{ allowPublic: 5432 }, "allowPublic is a list, not a number"],
  [{ allowPublic: ["6379"] }, "allowPublic[0] is a number, not a text"],
  [{ sshFrom: "10.0.0.0/8" }, "sshFrom is a list, not a text"],
  [{ diskGiB: "16" }, "diskGiB is a number, not a text"],
  [{ diskGiB: Number.NaN }, "diskGiB is a number, not NaN"],
  [{ image: ["debian-13"] }, "image is an object, not a list"],
  [{ tags: { team: 7 } }, "tags.team is a text, not a number"],
  [{ subnetId: 7 }, "subnetId is a text, not a number"],
  [{ colour: "red" }, "colour is no argument: there are sshFrom, publishTo, allowPublic, instanceType,"],
  [null, "what it is made from is an object, not null"],
])("an EC2 host refuses %j", (args, message) => {
  expect(() => new Ec2Host("machine", args as Ec2HostArgs)).toThrow(`Ec2Host machine: ${message}`);
});

test.each<[object | undefined, string]>([
  [{}, "region is missing"],
  [undefined, "what it is made from is an object, not undefined"],
  [{ regoin: "fra1" }, "regoin is no argument: did you mean region?"],
  [{ region: "fra1", backups: "daily" }, "backups is true or false, not a text"],
  [{ region: "fra1", tags: { a: "b" } }, "tags is a list, not an object"],
])("a droplet refuses %j", (args, message) => {
  expect(() => new DropletHost("machine", args as DropletHostArgs)).toThrow(`DropletHost machine: ${message}`);
});

describe("a host that exists", () => {
  const base = { address: "203.0.113.7", hostKey: mintKeyPair().publicKey };

  test.each<[object | undefined, string]>([
    [undefined, "what it is made from is an object, not undefined"],
    [{}, "address is missing"],
    [{ ...base, hostkey: "x" }, "hostkey is no argument: did you mean hostKey?"],
    [{ ...base, port: "22" }, "port is a number, not a text"],
    [{ ...base, jump: "bastion" }, "jump is an object, not a text"],
    [{ ...base, jump: { hostKey: base.hostKey } }, "jump.address is missing"],
    [{ ...base, address: null }, "address is a text, not null"],
    [{ ...base, privateKey: 7 }, "privateKey is a text, not a number"],
  ])("refuses %j", (args, message) => {
    expect(() => new ExistingHost("web", args as ExistingHostArgs)).toThrow(`ExistingHost web: ${message}`);
  });

  const key = "-----BEGIN OPENSSH PRIVATE KEY-----";
  test.each<[unknown, string]>([
    [key, "what it is made from is an object, not a text"],
    [{ ...base, jump: key }, "jump is an object, not a text"],
    [{ ...base, port: key }, "port is a number, not a text"],
    [{ ...base, address: `${key} Zm9v` }, "address is a name or an address alone, not another text"],
    [{ ...base, user: `a:${"b".repeat(40)}` }, "user is the name of a user, not another text"],
  ])("tells no text that is in the wrong place, for it may be a key: %j", (args, message) => {
    expect(() => new ExistingHost("web", args as ExistingHostArgs)).toThrow(
      expect.objectContaining({ message: `ExistingHost web: ${message}` }),
    );
  });
});

test.each<[object, string]>([
  [{ cpus: "2" }, "cpus is a number, not a text"],
  [{ memoryMib: 1024 }, "memoryMib is no argument: did you mean memoryMiB?"],
  [{ dataDisks: [{ name: "data", sizeGiB: 1 }] }, "dataDisks[0].mountPath is missing"],
  [{ forwards: [{ guestport: 1 }] }, "forwards[0].guestport is no argument: did you mean guestPort?"],
])("a local VM refuses %j", (args, message) => {
  expect(() => new LocalVm("box", args as LocalVmArgs)).toThrow(`LocalVm box: ${message}`);
});

describe("an app", () => {
  const base = { host: { hostId: "SHA256:1" }, files: "compose.yaml" };

  test.each<[object | undefined, string]>([
    [undefined, "what it is made from is an object, not undefined"],
    [{ ...base, file: "compose.yaml" }, "file is no argument: did you mean files?"],
    [{ ...base, inlin: {} }, "inlin is no argument: did you mean inline?"],
    [{ ...base, files: 7 }, "files is a text, not a number"],
    [{ ...base, files: ["compose.yaml", 7] }, "files[1] is a text, not a number"],
    [{ host: base.host, inline: "services: {}" }, "inline is an object, not a text"],
    [{ ...base, profiles: "dev" }, "profiles is a list, not a text"],
    [{ ...base, name: pulumi.output("shop") }, "name has to be known while the program runs, and is an output"],
    [{ ...base, variables: { PORT: 8080 } }, "variables.PORT is a text, not a number"],
    [{ ...base, secrets: ["t0p"] }, "secrets is an object, not a list"],
    [
      { ...base, registries: { "r.example": { user: "u", password: "p" } } },
      "registries.r.example.user is no argument",
    ],
    [{ ...base, imageArchives: "images.tar" }, "imageArchives is a list, not a text"],
    [{ ...base, deleteVolumes: [true] }, "deleteVolumes[0] is a text, not true"],
    [{ ...base, host: "web" }, "host is no host: give a LocalVm, an Ec2Host or another one"],
    [{ files: "compose.yaml" }, "host is missing"],
  ])("refuses %j", (args, message) => {
    expect(() => new App("shop", args as unknown as AppArgs<string>)).toThrow(`App shop: ${message}`);
  });
});
