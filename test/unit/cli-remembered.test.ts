import { join } from "node:path";
import { describe, expect, it } from "@jest/globals";
import { readSettings } from "../../modules/cli/project/remembered.ts";
import { mintKeyPair } from "../../modules/ssh/keys.ts";
import { homeFrom } from "../../modules/system/home.ts";
import { runCli, type CliResult } from "../support/cli.ts";
import { engineScript } from "../support/engine-script.ts";
import { testFolder, type TestFolder } from "../support/folder.ts";

/** A folder with a stack file, and an engine that refuses every run of it. */
async function world(): Promise<TestFolder & { up(...argv: readonly string[]): Promise<CliResult> }> {
  const folder = await testFolder({
    "shop/compose.yaml": "services: { web: { image: nginx } }\n",
    "shop/locked": "-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----\n",
    "shop/broken": "-----BEGIN OPENSSH PRIVATE KEY-----\nno key\n",
    "shop/good": mintKeyPair().privateKey,
    "shop/password": "let me in\n",
    "shop/two-lines": "let me\nin\n",
  });
  const env = {
    PATH: await engineScript(folder.path, `[ "$1" = up ] || exit 0; echo "error: no" >&2; exit 1`),
    STACKHOUSE_HOME: join(folder.path, "home"),
  };
  return { ...folder, up: (...argv) => runCli(["up", "--yes", ...argv], { cwd: join(folder.path, "shop"), env }) };
}

const hostKey = mintKeyPair().publicKey;
const machine = ["--host", "ssh", "--address", "192.0.2.7", "--host-key", hostKey];

async function rememberedMachine({ path }: TestFolder) {
  const home = homeFrom({ STACKHOUSE_HOME: join(path, "home") });
  const host = (await readSettings(home, { app: "shop", stack: "dev" }))?.host;
  return host?.kind === "ssh" ? host : undefined;
}

const rememberedKey = async (folder: TestFolder): Promise<string | undefined> =>
  (await rememberedMachine(folder))?.identityFile;

describe("what an up was told", () => {
  it("is named where a later one fails that does not say it", async () => {
    await using shop = await world();
    expect((await shop.up("--memory", "999999", "--cpus", "2")).stderr).not.toContain("an earlier up");
    expect((await shop.up("--disk", "20", "--cpus", "1")).stderr).toContain(
      "→ an earlier up was told --memory 999999, and that still holds: say it anew to change it",
    );
  });

  it("is not remembered where it is a private key that cannot be used; the error names its file", async () => {
    await using shop = await world();
    const { code, stderr } = await shop.up(...machine, "--identity", "broken");
    expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining(join(shop.path, "shop/broken")) });
    expect(await rememberedKey(shop)).toBeUndefined();
  });

  it("holds for databases that the world may reach until there are none", async () => {
    await using shop = await world();
    const allowed = async (): Promise<readonly number[] | undefined> => (await rememberedMachine(shop))?.allowPublic;
    await shop.up(...machine, "--allow-public", "5432", "--allow-public", "6379");
    expect((await shop.up()).stderr).toContain("--allow-public 6379");
    expect(await allowed()).toEqual([5432, 6379]);
    await shop.up("--allow-public", "");
    expect(await allowed()).toEqual([]);
    expect((await shop.up("--allow-public", "70000")).stderr).toContain("it must be a port");
  });

  it("holds for a private key until the SSH agent is chosen again", async () => {
    await using shop = await world();
    await shop.up(...machine, "--identity", "good");
    // As one types it: a key has spaces.
    expect((await shop.up()).stderr).toContain(`--host-key '${hostKey}'`);
    expect(await rememberedKey(shop)).toBe(join(shop.path, "shop/good"));
    await shop.up("--identity", "");
    expect(await rememberedKey(shop)).toBeUndefined();
  });

  it("holds for a jump host, part by part, until there is none", async () => {
    await using shop = await world();
    const jump = ["--jump-address", "gate.example", "--jump-user", "ops", "--jump-host-key", hostKey];
    await shop.up(...machine, ...jump, "--jump-port", "2222", "--jump-identity", "good");
    expect((await shop.up("--jump-address", "gate2.example")).stderr).toContain("--jump-user ops, --jump-port 2222");
    const identityFile = join(shop.path, "shop/good");
    expect((await rememberedMachine(shop))?.jump).toEqual({
      ...{ address: "gate2.example", user: "ops", port: 2222, hostKey, identityFile },
    });
    await shop.up("--jump-identity", "");
    expect((await rememberedMachine(shop))?.jump).toMatchObject({ address: "gate2.example", port: 2222 });
    expect((await rememberedMachine(shop))?.jump?.identityFile).toBeUndefined();
    await shop.up("--jump-address", "");
    expect((await rememberedMachine(shop))?.jump).toBeUndefined();
  });

  it("holds for the file with the password of sudo, and not for what is in it", async () => {
    await using shop = await world();
    await shop.up(...machine, "--user", "ops", "--sudo-password-file", "password");
    expect((await shop.up()).stderr).toContain(`--sudo-password-file ${join(shop.path, "shop/password")}`);
    expect(JSON.stringify(await rememberedMachine(shop))).not.toContain("let me in");
    await shop.up("--sudo-password-file", "");
    expect((await rememberedMachine(shop))?.sudoPasswordFile).toBeUndefined();
  });

  it.each([
    [["--jump-address", "gate.example"], "the host key of the jump host gate.example is not known"],
    [["--jump-user", "ops", "--jump-port", "22"], "--jump-user, --jump-port needs a jump host"],
    [["--jump-address", "a", "--jump-host-key", "yes"], "it has to be a public key"],
    [["--jump-address", "ops@a"], "it must be a name or an address alone"],
    [
      ["--jump-address", "a", "--jump-host-key", hostKey, "--jump-identity", "broken"],
      "shop/broken cannot be used: it is no",
    ],
    [
      ["--jump-address", "a", "--jump-host-key", hostKey, "--jump-identity", "locked"],
      "locked cannot be used: it has a passphrase",
    ],
    [["--sudo-password-file", "nowhere"], "shop/nowhere cannot be used: "],
    [["--sudo-password-file", "two-lines"], "shop/two-lines cannot be used: the file has to have one line"],
    [["--host", "local", "--jump-address", "a"], "does not fit a VM on this machine"],
  ])("is not remembered where it is %j, which is refused", async (options, message) => {
    await using shop = await world();
    const { code, stderr } = await shop.up(...machine, ...options);
    expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining(message) });
    expect(await rememberedMachine(shop)).toBeUndefined();
  });
});
