import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, it } from "@jest/globals";
import { parse } from "yaml";
import { userDataFor } from "../../modules/provider/resources/user-data.ts";
import { mintKeyPair } from "../../modules/ssh/keys.ts";
import { testFolder } from "../support/folder.ts";
import { notRun } from "../support/not-run.ts";

const exec = promisify(execFile);
const cloudInit = "/usr/bin/cloud-init";
const nft = "/usr/sbin/nft";
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

const rules = "the rules that keep containers from the cloud's metadata";
if (!existsSync(nft) || process.getuid?.() !== 0) notRun(rules, "nftables is not installed, or this user is not root");
else {
  describe(rules, () => {
    it("are rules of nftables, when they are loaded for the first time and again", async () => {
      const { write_files: files } = parse(await rendered()) as { write_files: { path: string; content: string }[] };
      const content = files.find(({ path }) => path.endsWith(".nft"))?.content ?? "";
      await using folder = await testFolder();
      const file = join(folder.path, "metadata.nft");
      await writeFile(file, content);
      // In a network of its own: the machine's rules are not touched.
      const script = 'nft -f "$1" && nft -f "$1" && nft list ruleset';
      const { stdout } = await exec("unshare", ["--net", "sh", "-c", script, "sh", file], {
        env: { PATH: "/usr/sbin:/usr/bin:/sbin:/bin" },
      });
      expect(stdout.match(/drop$/gm)).toHaveLength(2);
    });
  });
}
