import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, it, jest } from "@jest/globals";
import { parse } from "yaml";
import { userDataFor } from "../../modules/provider/resources/user-data.ts";
import { mintKeyPair } from "../../modules/ssh/keys.ts";
import { createSshPool } from "../../modules/ssh/pool.ts";
import { systemClock } from "../../modules/system/clock.ts";
import { testFolder, type TestFolder } from "../support/folder.ts";
import { notRun } from "../support/not-run.ts";
import { startSshd } from "../support/sshd.ts";

jest.setTimeout(120_000);

const exec = promisify(execFile);
const cloudInit = "/usr/bin/cloud-init";
const nft = "/usr/sbin/nft";
const ip = "/usr/sbin/ip";
const programs = { PATH: "/usr/sbin:/usr/bin:/sbin:/bin" };
const rendered = (): Promise<string> => userDataFor({ host: mintKeyPair(), publicKey: mintKeyPair().publicKey });

/** What cloud-init's own schema says of a file. */
async function schemaOf(content: string): Promise<string> {
  await using folder = await testFolder({ "user-data.yaml": content });
  const file = join(folder.path, "user-data.yaml");
  const { stdout, stderr } = await exec(cloudInit, ["schema", "--config-file", file]).catch(
    (failed: unknown) => failed as { stdout: string; stderr: string },
  );
  return `${stdout}${stderr}`.replaceAll(file, "FILE");
}

const suite = "the user data of machines in clouds";
if (!existsSync(cloudInit)) notRun(suite, "cloud-init is not installed");
else {
  describe(suite, () => {
    it("is what cloud-init expects", async () => {
      expect(await schemaOf(await rendered())).toMatch(/^Valid (cloud-config|schema):? FILE\n$/);
    });

    it("would be refused with a mistake in it", async () => {
      expect(await schemaOf((await rendered()).replace("ssh_pwauth: false", "ssh_pwauth: [no]"))).toContain(
        "ssh_pwauth",
      );
    });

    it("is small enough for every cloud", async () => {
      // EC2 takes 16 KiB: https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instancedata-add-user-data.html
      expect(Buffer.byteLength(await rendered())).toBeLessThan(16 * 1024);
    });
  });
}

/**
 * A machine's first boot as far as it may be had here: cloud-init itself, with folders of its own in the place of /etc, /root,
 * /var and /run, and with the modules alone that touch nothing else. Packages and commands are left out.
 */
async function firstBoot(folder: string, userData: string): Promise<void> {
  await exec("cp", ["--archive", "/etc", join(folder, "etc")]);
  const seed = join(folder, "lib/cloud/seed/nocloud");
  for (const name of [seed, join(folder, "root"), join(folder, "run"), join(folder, "log")]) {
    await mkdir(name, { recursive: true });
  }
  await writeFile(join(seed, "user-data"), userData);
  await writeFile(join(seed, "meta-data"), "instance-id: i-1\nlocal-hostname: machine\n");
  const config = ["datasource_list: [NoCloud]", "network: {config: disabled}"];
  config.push("cloud_init_modules: [write-files, users-groups, ssh]", "");
  await writeFile(join(folder, "etc/cloud/cloud.cfg.d/99_test.cfg"), config.join("\n"));
  const binds = Object.entries({ etc: "/etc", root: "/root", lib: "/var/lib", log: "/var/log", run: "/run" });
  const mounts = binds.map(([name, target]) => `mount --bind "$1/${name}" ${target}`);
  const script = [...mounts, "cloud-init init --local", "cloud-init init"].join(" && ");
  await exec("unshare", ["--mount", "--uts", "--net", "sh", "-c", script, "sh", folder]);
}

const boot = "a first boot with that user data";
if (!existsSync(cloudInit) || process.getuid?.() !== 0)
  notRun(boot, "cloud-init is not installed, or this user is not root");
else {
  describe(boot, () => {
    it("gives a machine that shows the pinned host key and lets the program in as root, and nobody else", async () => {
      await using folder = await testFolder();
      const [host, login] = [mintKeyPair("host"), mintKeyPair("login")];
      await firstBoot(folder.path, await userDataFor({ host, publicKey: login.publicKey }));

      const keys = (await readdir(join(folder.path, "etc/ssh"))).filter((name) => name.startsWith("ssh_host"));
      expect(keys.sort()).toEqual(["ssh_host_ed25519_key", "ssh_host_ed25519_key.pub"]);
      const authorizedKeys = join(folder.path, "root/.ssh/authorized_keys");
      expect(await readFile(authorizedKeys, "utf8")).toBe(`${login.publicKey}\n`);
      const privateKey = await readFile(join(folder.path, "etc/ssh/ssh_host_ed25519_key"), "utf8");

      await using sshd = await startSshd({ hostKey: { privateKey, publicKey: "" }, authorizedKeys });
      await using pool = createSshPool({ clock: systemClock });
      const connection = { ...sshd.connection, hostKey: host.publicKey, privateKey: login.privateKey };
      const call = { signal: new AbortController().signal, deadlineMs: 20_000 };
      using session = await pool.connect(connection, call);
      expect(await session.exec(["id", "-u"], call)).toMatchObject({ stdout: "0\n" });
    });

    it("leaves the settings of Docker Engine where it finds them when it is installed", async () => {
      await using folder = await testFolder();
      await firstBoot(folder.path, await rendered());
      expect(JSON.parse(await readFile(join(folder.path, "etc/docker/daemon.json"), "utf8"))).toMatchObject({
        "live-restore": true,
      });
      const unit = await readFile(join(folder.path, "etc/systemd/system/stackhouse-metadata.service"), "utf8");
      expect(unit).toContain("ExecStart=/usr/sbin/nft -f /etc/stackhouse/metadata.nft");
    });
  });
}

const rules = "the rules that keep containers from the cloud's metadata";
if (!existsSync(nft) || !existsSync(ip) || process.getuid?.() !== 0) {
  notRun(rules, "nftables or iproute2 is not installed, or this user is not root");
} else {
  describe(rules, () => {
    const ruleFile = async (folder: TestFolder): Promise<string> => {
      const { write_files: files } = parse(await rendered()) as { write_files: { path: string; content: string }[] };
      const content = files.find(({ path }) => path.endsWith(".nft"))?.content ?? "";
      const file = join(folder.path, "metadata.nft");
      await writeFile(file, content);
      return file;
    };

    it("are rules of nftables, when they are loaded for the first time and again", async () => {
      await using folder = await testFolder();
      // In a network of its own: the machine's rules are not touched.
      const script = 'nft -f "$1" && nft -f "$1" && nft list ruleset';
      const argv = ["--net", "sh", "-c", script, "sh", await ruleFile(folder)];
      const { stdout } = await exec("unshare", argv, { env: programs });
      expect(stdout.match(/drop$/gm)).toHaveLength(2);
    });

    it("let no packet of a container to the metadata, and all else through", async () => {
      await using folder = await testFolder();
      const script = join(import.meta.dirname, "../support/clouds/metadata-network.sh");
      const argv = ["--net", "--mount", "sh", script, await ruleFile(folder)];
      const { stdout } = await exec("unshare", argv, { env: programs });
      const metadata = ["169.254.169.254", "fd00:ec2::254"];
      const expected = ["before", "after"].flatMap((when) =>
        [...metadata, "10.0.0.1", "fd00:10::1"].flatMap((address) => [
          `${when} host ${address} yes`,
          `${when} container ${address} ${when === "after" && metadata.includes(address) ? "no" : "yes"}`,
        ]),
      );
      expect(stdout.trim().split("\n")).toEqual(expected);
    });
  });
}
