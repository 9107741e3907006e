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
    "shop/broken": "-----BEGIN OPENSSH PRIVATE KEY-----\nno key\n",
    "shop/good": mintKeyPair().privateKey,
  });
  const env = {
    PATH: await engineScript(folder.path, `[ "$1" = up ] || exit 0; echo "error: no" >&2; exit 1`),
    STACKHOUSE_HOME: join(folder.path, "home"),
  };
  return { ...folder, up: (...argv) => runCli(["up", "--yes", ...argv], { cwd: join(folder.path, "shop"), env }) };
}

const hostKey = mintKeyPair().publicKey;
const machine = ["--host", "ssh", "--address", "192.0.2.7", "--host-key", hostKey];

async function rememberedKey({ path }: TestFolder): Promise<string | undefined> {
  const home = homeFrom({ STACKHOUSE_HOME: join(path, "home") });
  const host = (await readSettings(home, { app: "shop", stack: "dev" }))?.host;
  return host?.kind === "ssh" ? host.identityFile : undefined;
}

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
    const allowed = async (): Promise<readonly number[] | undefined> => {
      const home = homeFrom({ STACKHOUSE_HOME: join(shop.path, "home") });
      const host = (await readSettings(home, { app: "shop", stack: "dev" }))?.host;
      return host?.kind === "ssh" ? host.allowPublic : undefined;
    };
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
});
