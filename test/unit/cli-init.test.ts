import { readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "@jest/globals";
import { parse } from "yaml";
import { mintKeyPair } from "../../modules/ssh/keys.ts";
import { runCli } from "../support/cli.ts";
import { testFolder } from "../support/folder.ts";

const read = (folder: string, name: string): Promise<string> => readFile(join(folder, name), "utf8");

const [hostKey, jumpKey] = [mintKeyPair().publicKey, mintKeyPair().publicKey];

describe("stackhouse init", () => {
  it.each([
    { host: "local", component: "LocalVm" },
    { host: "ssh", component: "ExistingHost" },
    { host: "aws", component: "Ec2Host" },
    { host: "digitalocean", component: "DropletHost" },
  ])("writes a whole project for --host $host, without a blank left", async ({ host, component }) => {
    await using folder = await testFolder();
    const { code, stdout } = await runCli(["init", "--host", host, "--name", "shop"], { cwd: folder.path });
    expect(code).toBe(0);
    expect(stdout).toContain("Next:\n  npm install");
    // The name is in the project: up would refuse it.
    expect(stdout).toMatch(/^ {2}stackhouse up {2}/m);
    const names = await readdir(folder.path);
    expect(names.sort()).toEqual([
      ".gitignore",
      ".npmrc",
      "Pulumi.yaml",
      "README.md",
      "compose.yaml",
      "index.ts",
      "package.json",
      "run.js",
      "tsconfig.json",
    ]);
    for (const name of names) expect(await read(folder.path, name)).not.toContain("{{");
    expect(await read(folder.path, "index.ts")).toContain(`new ${component}(`);
    expect(await read(folder.path, "Pulumi.yaml")).toMatch(/^name: shop$/m);
  });

  it("gives the app the project's name, whatever the folder is called", async () => {
    await using folder = await testFolder();
    await runCli(["init", "--name", "shop"], { cwd: folder.path });
    const { stdout } = await runCli(["config", "--format", "json"], { cwd: folder.path });
    expect(JSON.parse(stdout)).toMatchObject({ name: "shop" });
  });

  it("writes a stack file that is right", async () => {
    await using folder = await testFolder();
    await runCli(["init"], { cwd: folder.path });
    expect(await runCli(["config", "--services"], { cwd: folder.path })).toEqual({
      code: 0,
      stdout: "web\n",
      stderr: "",
    });
  });

  it("puts the machine that it is told into the program", async () => {
    await using folder = await testFolder();
    const machine = ["--address", "box.example", "--user", "ops", "--host-key", hostKey];
    await runCli(["init", "--host", "ssh", ...machine], { cwd: folder.path });
    const program = await read(folder.path, "index.ts");
    expect(program).toContain('address: "box.example"');
    expect(program).toContain('user: "ops"');
    expect(program).toContain(`hostKey: "${hostKey}"`);
  });

  it("puts the port and the key of the machine into the program, whatever is in their texts", async () => {
    await using folder = await testFolder();
    const machine = ["--address", 'a"b', "--port", "2222", "--identity", "keys/id", "--host-key", hostKey];
    const { code } = await runCli(["init", "--host", "ssh", ...machine], { cwd: folder.path });
    expect(code).toBe(0);
    const program = await read(folder.path, "index.ts");
    expect(program).toContain('address: "a\\"b",');
    expect(program).toContain("port: 2222,");
    expect(program).toContain(`privateKeyFile: ${JSON.stringify(join(folder.path, "keys/id"))},`);
  });

  it("puts the way to the machine into the program: its jump host, and the file with the password of sudo", async () => {
    await using folder = await testFolder();
    const machine = ["--address", "10.0.0.5", "--user", "ops", "--host-key", hostKey, "--identity", "~/k"];
    const jump = ["--jump-address", "gate", "--jump-host-key", jumpKey, "--jump-identity", "keys/gate"];
    const options = [...machine, ...jump, "--jump-port", "2222", "--sudo-password-file", "~/sudo"];
    const { code } = await runCli(["init", "--host", "ssh", ...options], { cwd: folder.path });
    expect(code).toBe(0);
    expect(await read(folder.path, "index.ts")).toContain(`
  privateKeyFile: "~/k",
  sudoPasswordFile: "~/sudo",
  // The server that it is reached through.
  jump: {
    address: "gate",
    port: 2222,
    hostKey: "${jumpKey}",
    privateKeyFile: ${JSON.stringify(join(folder.path, "keys/gate"))},
  },
});
`);
  });

  it.each([
    [["--host", "aws", "--address", "a", "--port", "22"], "--address, --port does not fit --host aws"],
    [["--region", "fra1"], "--region does not fit --host local"],
    [["--host", "ssh", "--host-key", "yes"], "it has to be a public key"],
    [["--host", "ssh", "--host-key", "ssh-ed25519 AAAA"], "it is damaged"],
    [["--host", "ssh", "--port", "70000"], "must be a port, 65535 at most"],
    [["--host", "ssh", "--port", "0"], "must be a whole number above 0"],
    [["--host", "ssh", "--address", ""], "must be a name or an address alone"],
    [["--host", "ssh", "--address", "a b"], "must be a name or an address alone"],
    [["--host", "ssh", "--address", "root@192.0.2.7"], "must be a name or an address alone"],
    [["--host", "ssh", "--address", "192.0.2.7:22"], "must be a name or an address alone"],
    [["--host", "ssh", "--address", "ssh://192.0.2.7"], "must be a name or an address alone"],
    [["--host", "ssh", "--address", "--user"], "must be a name or an address alone"],
    [["--host", "ssh", "--user", ""], "must be the name of a user"],
    [["--host", "ssh", "--jump-address", "gate"], "the host key of the jump host gate is not known"],
    [["--host", "ssh", "--jump-port", "22"], "--jump-port needs a jump host"],
    [["--host", "aws", "--sudo-password-file", "s"], "--sudo-password-file does not fit --host aws"],
    [["--host", "ssh", "--user", "a b"], "must be the name of a user"],
    [["--host", "aws", "--region", ""], "must be a region's name"],
    [["--host", "digitalocean", "--region", "FRA 1"], "must be a region's name"],
    [["--name", "Shop"], "Shop is no name for a project"],
    [["--name", ""], "is no name for a project"],
    [["--host", "gcp"], "Allowed choices are local, ssh, aws, digitalocean"],
    [["shop"], "too many arguments"],
  ])("refuses %j, and writes nothing", async (options, message) => {
    await using folder = await testFolder();
    const { code, stderr } = await runCli(["init", ...options], { cwd: folder.path });
    expect(code).toBe(2);
    expect(stderr).toContain(message);
    expect(await readdir(folder.path)).toEqual([]);
  });

  it.each([
    ["local", "stackhouse up needs no init"],
    ["aws", "your stack file then goes there in the place of the one that init writes"],
  ])("says for --host %s what to do beside a stack file that is there", async (host, advice) => {
    await using folder = await testFolder();
    await writeFile(join(folder.path, "compose.yaml"), "services: {}\n");
    const { code, stderr } = await runCli(["init", "--host", host], { cwd: folder.path });
    expect(code).toBe(2);
    expect(stderr).toContain("has compose.yaml already");
    expect(stderr).toContain(advice);
  });

  it("makes a project for a cloud depend on the cloud's library, and on no other", async () => {
    await using folder = await testFolder();
    await runCli(["init", "--host", "aws", "--region", "eu-west-1"], { cwd: folder.path });
    const { dependencies } = JSON.parse(await read(folder.path, "package.json")) as { dependencies: object };
    expect(Object.keys(dependencies)).toEqual(["@pulumi/aws", "@pulumi/pulumi", "stackhouse", "tsx"]);
    expect(await read(folder.path, "Pulumi.yaml")).toMatch(/^config:\n {2}aws:region: eu-west-1$/m);
  });

  it.each(["2001:db8::7", "fe80::1%eth0", "::1", "box", "box.example.org"])("takes the address %s", async (address) => {
    await using folder = await testFolder();
    await runCli(["init", "--host", "ssh", "--address", address], { cwd: folder.path });
    expect(await read(folder.path, "index.ts")).toContain(`address: ${JSON.stringify(address)},`);
  });

  it.each(["eu-west-1", "null", "1e3", "true", "7"])(
    "puts the region into the program's settings as the text that it is: %s",
    async (region) => {
      await using folder = await testFolder();
      await runCli(["init", "--host", "aws", "--region", region], { cwd: folder.path });
      expect(parse(await read(folder.path, "Pulumi.yaml"))).toMatchObject({ config: { "aws:region": region } });
    },
  );

  it("has a clone of Stackhouse copied into the project, where it finds the project's libraries", async () => {
    await using folder = await testFolder();
    await runCli(["init", "--host", "aws"], { cwd: folder.path });
    const { dependencies } = JSON.parse(await read(folder.path, "package.json")) as {
      dependencies: Record<string, string>;
    };
    expect(dependencies["stackhouse"]).toMatch(/^file:/);
    expect(await read(folder.path, ".npmrc")).toMatch(/^install-links=true$/m);
  });

  // A firewall opens a port that is written out, and a workstation gives one above 1023 to anybody.
  it.each(["local", "ssh", "aws", "digitalocean"])(
    "writes a stack file for --host %s whose port fits every host",
    async (host) => {
      await using folder = await testFolder();
      await runCli(["init", "--host", host], { cwd: folder.path });
      expect(await read(folder.path, "compose.yaml")).toContain('ports: ["8080:80"]');
    },
  );

  it.each([
    ["ssh", undefined],
    ["local", "1s"],
    ["aws", "1s"],
  ])("asks for health in a way that Docker Engine of every host of --host %s knows", async (host, startInterval) => {
    await using folder = await testFolder();
    await runCli(["init", "--host", host], { cwd: folder.path });
    const { services } = parse(await read(folder.path, "compose.yaml")) as {
      services: { web: { healthcheck: object } };
    };
    expect(services.web.healthcheck).toMatchObject({ interval: expect.any(String), start_period: "30s" });
    expect((services.web.healthcheck as { start_interval?: string }).start_interval).toBe(startInterval);
  });

  it("makes a new folder where it is told to", async () => {
    await using folder = await testFolder();
    expect((await runCli(["init", "-C", "My.Shop"], { cwd: folder.path })).code).toBe(0);
    expect(await read(folder.path, "My.Shop/Pulumi.yaml")).toMatch(/^name: myshop$/m);
  });

  it("overwrites nothing, and then writes nothing", async () => {
    await using folder = await testFolder({ "compose.yaml": "mine" });
    const { code, stderr } = await runCli(["init"], { cwd: folder.path });
    expect(code).toBe(2);
    expect(stderr).toContain(`${folder.path} has compose.yaml already`);
    expect(await readdir(folder.path)).toEqual(["compose.yaml"]);
  });

  it("finishes what a run that was cut has left", async () => {
    await using folder = await testFolder();
    await runCli(["init", "--name", "shop"], { cwd: folder.path });
    const whole = (await readdir(folder.path)).sort();
    for (const name of ["index.ts", "package.json"]) await rm(join(folder.path, name));
    expect((await runCli(["init", "--name", "shop"], { cwd: folder.path })).code).toBe(0);
    expect((await readdir(folder.path)).sort()).toEqual(whole);
  });

  it("refuses a name that the engine would refuse", async () => {
    await using folder = await testFolder();
    const { code, stderr } = await runCli(["init", "--name", "My Shop"], { cwd: folder.path });
    expect(code).toBe(2);
    expect(stderr).toContain("My Shop is no name for a project");
  });
});
