import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import * as pulumi from "@pulumi/pulumi";
import { App, ExistingHost, LocalVm, type AppArgs, type ExistingHostArgs, type LocalVmArgs } from "../../index.ts";
import { mintKeyPair } from "../../modules/ssh/keys.ts";
import { mockEngine, valueOf, type Registered } from "../support/provider/mocks.ts";

const connection = { address: "127.0.0.1", port: 4242, user: "root", hostKey: "ssh-ed25519 AAAA", privateKey: "k" };
const forward = { guestPort: 5432, protocol: "tcp", hostAddress: "127.0.0.1", hostPort: 15432 };
const service = { state: "running", imageDigest: "sha256:1", ports: [], url: "http://127.0.0.1:8080" };
let registered: Registered[];
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "stack-file-"));
  registered = await mockEngine({
    "stackhouse:index:Vm": ({ vmId = "box" }) => ({
      ...{ vmId, hostId: "SHA256:1", connection, hypervisorClass: "emulation" },
      ...(vmId === "open" ? { forwards: [forward] } : {}),
    }),
    "stackhouse:index:Agent": {
      hostId: "SHA256:1",
      connection,
      facts: { architecture: "x86_64", cpus: 2, memoryBytes: 1, os: "Debian 13" },
    },
    "stackhouse:index:App": { name: "shop", release: "r1", services: { web: service, db: { ...service, url: "" } } },
  });
});
beforeEach(() => {
  registered.length = 0;
});
afterAll(() => rm(folder, { recursive: true }));

const inline = { services: { web: { image: "web:1" }, db: { image: "db:1" } } };
/** The resource of a type, when `after` is known. */
const made = async (type: string, after: pulumi.Output<unknown>): Promise<Registered> => {
  await valueOf(after);
  const found = registered.find((one) => one.type === `stackhouse:index:${type}`);
  if (found === undefined) throw new Error(`no ${type} among ${registered.map((one) => one.type).join(", ")}`);
  return found;
};

describe("LocalVm", () => {
  test("is a host: a VM, an agent on it, and how its ports are reached", async () => {
    const host = new LocalVm("box", { cpus: 1 });
    expect(await valueOf(host.hostId)).toBe("SHA256:1");
    expect(await valueOf(host.facts)).toMatchObject({ cpus: 2, hypervisorClass: "emulation" });
    expect(await made("Vm", host.facts)).toMatchObject({ name: "box", inputs: { cpus: 1 } });
    expect(await made("Agent", host.facts)).toMatchObject({
      name: "box-agent",
      inputs: { vmId: "box", hostId: "SHA256:1" },
    });
  });

  test("says which of its ports lead into it", async () => {
    const host = new LocalVm("open", { vmId: "open", forwards: [{ guestPort: 5432 }] });
    expect(await valueOf(host.forwards)).toEqual([forward]);
    expect(await valueOf(new LocalVm("closed").forwards)).toEqual([]);
  });

  test("the key of its connection is a secret, its address is none", async () => {
    const { connection: parts } = new LocalVm("box2");
    expect(await pulumi.isSecret(parts.privateKey)).toBe(true);
    expect(await pulumi.isSecret(parts.address)).toBe(false);
    expect(await valueOf(parts.port)).toBe(4242);
  });

  test.each<[LocalVmArgs, string]>([
    [{ memoryMiB: 64 }, "LocalVm box: memoryMiB is at least 512, not 64"],
    [{ cpus: 1.5 }, "LocalVm box: cpus is a whole number, not 1.5"],
    [{ diskGiB: 3 }, "LocalVm box: diskGiB is at least 4, not 3"],
    [
      { vmId: "My VM" },
      'LocalVm box: vmId is small letters, digits and hyphens, 63 at most, without a hyphen at either end, not "My VM"',
    ],
  ])("refuses %j where it is written", (args, message) => {
    expect(() => new LocalVm("box", args)).toThrow(message);
  });
});

describe("ExistingHost", () => {
  const [hostKey, otherKey] = [mintKeyPair().publicKey, mintKeyPair().publicKey];

  test("is a host at its own address", async () => {
    const host = new ExistingHost("web", { address: "203.0.113.7", hostKey, privateKey: "BEGIN PRIVATE KEY" });
    expect(host.exposure).toEqual({ via: "host" });
    expect((await made("Agent", host.facts)).inputs["connection"]).toMatchObject({
      value: { address: "203.0.113.7", port: 22, user: "root" },
    });
    expect(await valueOf(host.facts)).toMatchObject({ hypervisorClass: "unknown" });
  });

  test("takes its key from a file, asks sudo with a password, and goes through a jump host with the same key", async () => {
    const file = join(folder, "id_ed25519");
    await writeFile(file, "BEGIN PRIVATE KEY of a file");
    const jump = { address: "jump.example", user: "ops", hostKey };
    const args = { address: "10.0.0.5", user: "deploy", hostKey, privateKeyFile: file, sudoPassword: "s", jump };
    const host = new ExistingHost("inside", args);
    const privateKey = "BEGIN PRIVATE KEY of a file";
    expect((await made("Agent", host.facts)).inputs["connection"]).toMatchObject({
      value: { user: "deploy", sudoPassword: "s", privateKey, jump: { port: 22, user: "ops", privateKey } },
    });
  });

  test.each(["let me in", "let me in\n", "let me in\r\n"])(
    "takes the password of sudo from a file: %j",
    async (text) => {
      const sudoPasswordFile = join(folder, "sudo");
      await writeFile(sudoPasswordFile, text);
      const host = new ExistingHost("asked", { address: "10.0.0.5", user: "deploy", hostKey, sudoPasswordFile });
      const { connection: given } = (await made("Agent", host.facts)).inputs;
      expect(given).toMatchObject({ value: { sudoPassword: "let me in" } });
    },
  );

  test.each<[Partial<ExistingHostArgs>, object]>([
    [{}, { address: "203.0.113.7", port: 22, user: "root", hostKey }],
    [{ address: pulumi.output("203.0.113.8") }, { address: "203.0.113.8" }],
    [{ port: 2222 }, { port: 2222 }],
    [{ user: pulumi.output("deploy") }, { user: "deploy" }],
    [{ hostKey: otherKey }, { hostKey: otherKey }],
    [{ privateKey: pulumi.secret("BEGIN PRIVATE KEY") }, { privateKey: "BEGIN PRIVATE KEY" }],
    [{ sudoPassword: pulumi.secret("s") }, { sudoPassword: "s" }],
    [{ jump: { address: "j", hostKey, port: 2222 } }, { jump: { address: "j", port: 2222, user: "root", hostKey } }],
  ])("dials as %j says", async (args, connection) => {
    const host = new ExistingHost("web", { address: "203.0.113.7", hostKey, ...args });
    const { connection: given } = (await made("Agent", host.facts)).inputs as { connection: { value?: object } };
    // As a whole it is a secret where there is one in it.
    expect(given.value ?? given).toMatchObject(connection);
  });

  test("takes what is null for what is not given", async () => {
    const jump = { address: "j", hostKey, port: null, privateKey: null };
    const args = { address: "203.0.113.7", hostKey, port: null, user: null, sudoPassword: null, jump };
    const host = new ExistingHost("web", args as unknown as ExistingHostArgs);
    const { connection } = (await made("Agent", host.facts)).inputs as { connection: { value?: object } };
    expect(connection.value ?? connection).toEqual({
      ...{ address: "203.0.113.7", port: 22, user: "root", hostKey },
      jump: { address: "j", port: 22, user: "root", hostKey },
    });
  });

  test.each<[Partial<ExistingHostArgs>, string]>([
    [{ privateKeyFile: "/nowhere/key" }, "ExistingHost web: privateKeyFile cannot be read"],
    [
      { jump: { address: "j", hostKey, privateKeyFile: "/nowhere/key" } },
      "ExistingHost web: jump.privateKeyFile cannot be read",
    ],
    [{ privateKeyFile: "package.json" }, "ExistingHost web: privateKeyFile is no private key: package.json"],
    [{ privateKeyFile: "k", privateKey: "PRIVATE KEY" }, "ExistingHost web: privateKeyFile and privateKey: give one"],
    [{ jump: { address: "j", hostKey: "yes" } }, "ExistingHost web: jump.hostKey has to be a public key"],
    [{ hostKey: "ssh-ed25519 AAAA" }, "ExistingHost web: hostKey is damaged"],
    [{ hostKey: `203.0.113.7 ${hostKey}` }, "ExistingHost web: hostKey has to be a public key"],
    [{ hostKey: hostKey.replace("ed25519", "dss") }, "ExistingHost web: hostKey is of the type ssh-dss"],
    [{ address: "root@203.0.113.7" }, "ExistingHost web: address is a name or an address alone"],
    [{ address: "203.0.113.7:22" }, "ExistingHost web: address is a name or an address alone"],
    [{ user: "" }, "ExistingHost web: user is the name of a user"],
    [{ port: 0 }, "ExistingHost web: port is at least 1, not 0"],
    [{ port: 65_536 }, "ExistingHost web: port is at most 65535, not 65536"],
    [{ jump: { address: "j", hostKey, port: 70_000 } }, "ExistingHost web: jump.port is at most 65535, not 70000"],
    [{ sudoPassword: "two\nlines" }, "ExistingHost web: sudoPassword is one line"],
    [{ sudoPasswordFile: "/nowhere/s" }, "ExistingHost web: sudoPasswordFile cannot be read"],
    [{ sudoPasswordFile: "package.json" }, "ExistingHost web: sudoPasswordFile has to have one line, the password"],
    [{ sudoPasswordFile: "/dev/null" }, "ExistingHost web: sudoPasswordFile has to have one line, the password"],
    [{ sudoPasswordFile: "s", sudoPassword: "s" }, "ExistingHost web: sudoPasswordFile and sudoPassword: give one"],
  ])("refuses %j where it is written", (args, message) => {
    expect(() => new ExistingHost("web", { address: "a", hostKey, ...args })).toThrow(message);
  });

  test.each([
    ["of OpenSSH", ["-m", "RFC4716"]],
    ["in PEM", ["-m", "PEM", "-t", "rsa", "-b", "1024"]],
    ["in PKCS #8", ["-m", "PKCS8", "-t", "rsa", "-b", "1024"]],
  ])("refuses a key %s with a passphrase, and takes one without", async (_, form) => {
    const ssh = async (passphrase: string): Promise<string> => {
      const file = join(folder, `key-${form.join("")}-${passphrase}`);
      await promisify(execFile)("ssh-keygen", ["-q", ...form, "-N", passphrase, "-f", file]);
      return file;
    };
    const [locked, open] = [await ssh("sesame"), await ssh("")];
    const machine = { address: "a", hostKey };
    const refusal = "has a passphrase, and nobody is asked for it";
    expect(() => new ExistingHost("web", { ...machine, privateKeyFile: locked })).toThrow(`privateKeyFile ${refusal}`);
    const text = await readFile(locked, "utf8");
    expect(() => new ExistingHost("web", { ...machine, privateKey: text })).toThrow(`privateKey ${refusal}`);
    expect(() => new ExistingHost("web", { ...machine, privateKeyFile: open })).not.toThrow();
  });

  test("refuses a file name in place of a key", () => {
    expect(() => new ExistingHost("web", { address: "a", hostKey, privateKey: "~/.ssh/id_ed25519" })).toThrow(
      "is the text of an OpenSSH private key, not the name of its file",
    );
  });
});

describe("App", () => {
  test("gives typed handles of its services", async () => {
    const app = new App("shop", { host: new LocalVm("box3"), inline });
    expect(await valueOf(app.services.web.url)).toBe("http://127.0.0.1:8080");
    expect(await valueOf(app.services.db.state)).toBe("running");
    expect(await valueOf(app.services.db.imageDigest)).toBe("sha256:1");
    expect(await valueOf(app.release)).toBe("r1");
    expect(Object.keys(app.services)).toEqual(["web", "db"]);
    expect(() => {
      // @ts-expect-error With `inline` the compiler knows the names.
      Reflect.apply(String, undefined, [app.services.wbe]);
    }).toThrow("App shop has no service wbe: did you mean web?");
  });

  test("is placed on several hosts, one each, by an array", async () => {
    const hosts = ["one", "two", "three"].map((vmId) => new LocalVm(`many-${vmId}`, { vmId }));
    const apps = hosts.map((host, n) => new App(`web-${n}`, { host, inline }));
    await Promise.all(apps.map(({ release }) => valueOf(release)));
    const placed = registered.filter(({ type }) => type === "stackhouse:index:App");
    expect(placed.map(({ name, inputs }) => ({ name, exposure: inputs["exposure"] }))).toEqual(
      ["one", "two", "three"].map((vmId, n) => ({ name: `web-${n}`, exposure: { via: "local-vm", vmId } })),
    );
  });

  test("knows the services of a stack file while the program runs", async () => {
    const file = join(folder, "compose.yaml");
    await writeFile(file, "services:\n  web: { image: 'web:1' }\n");
    const app = new App("shop2", { host: new LocalVm("box4"), files: file });
    expect(await valueOf(app.services["web"]!.url)).toBe("http://127.0.0.1:8080");
    expect(() => app.services["nothing-like-it"]).toThrow("App shop2 has no service nothing-like-it: it has web");
    expect((await made("App", app.release)).inputs["files"]).toEqual([file]);
  });

  test("a stack file that includes others may have more services than it names", async () => {
    const file = join(folder, "with-include.yaml");
    await writeFile(file, "include: [other.yaml]\nservices:\n  web: { image: 'web:1' }\n");
    const app = new App("shop3", { host: new LocalVm("box5"), files: file });
    expect(await valueOf(app.services["db"]!.state)).toBe("running");
  });

  test("secrets and registries are secret on their way", async () => {
    const app = new App("shop4", {
      host: new LocalVm("box6"),
      inline,
      variables: { A: pulumi.output("1") },
      secrets: { TOKEN: "t" },
      registries: { "r.example.com": { username: "u", password: "p" } },
    });
    const { inputs } = await made("App", app.release);
    const signature = "4dabf18193072939515e22adb298388d";
    expect(inputs["secrets"]).toMatchObject({ [signature]: expect.anything(), value: { TOKEN: "t" } });
    expect(inputs["registries"]).toMatchObject({ [signature]: expect.anything() });
    expect(inputs["variables"]).toEqual({ A: "1" });
  });

  test("takes a stack file as it is, with what is null in it, and leaves out a variable that is not given", async () => {
    const withNull = { services: { web: { image: "web:1", environment: { FROM_HERE: null } }, db: {} } };
    const variables = { A: pulumi.output("1"), B: undefined } as unknown as Record<string, string>;
    const app = new App("shop5", { host: new LocalVm("box8"), inline: withNull, variables });
    const { inputs } = await made("App", app.release);
    expect(inputs["inline"]).toEqual(withNull);
    expect(inputs["variables"]).toEqual({ A: "1" });
  });

  test("needs exactly one source, and a host", () => {
    const host = new LocalVm("box7");
    expect(() => new App("shop", { host })).toThrow("App shop: files and inline: give exactly one of them");
    expect(() => new App("shop", { host, inline, files: "compose.yaml" })).toThrow("exactly one");
    expect(() => new App("shop", { host, files: [] })).toThrow("App shop: files is empty");
    expect(() => new App("shop", { inline } as unknown as AppArgs<"web">)).toThrow("App shop: host is missing");
  });
});
