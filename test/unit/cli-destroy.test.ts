import { access, mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "@jest/globals";
import { readSettings, writeSettings } from "../../modules/cli/project/remembered.ts";
import { homeFrom } from "../../modules/system/home.ts";
import { runCli, type CliResult } from "../support/cli.ts";
import { engineScript } from "../support/engine-script.ts";
import { testFolder, type TestFolder } from "../support/folder.ts";

/** Has stacks without resources, and writes down what it is asked to do. */
const engine = (log: string): string => `
echo "$*" >> ${log}
case "$*" in "stack export"*) echo '{"deployment":{"resources":[]}}' ;; esac`;

interface World extends TestFolder {
  /** What the engine was asked. */
  asked(): Promise<string>;
  remember(stack: string): Promise<void>;
  isRemembered(stack: string): Promise<boolean>;
  destroy(stack: string): Promise<CliResult>;
}

/** A folder whose stack file `up` was run with; nothing came of it. */
async function world(): Promise<World> {
  const folder = await testFolder({ "shop/compose.yaml": "services: { web: { image: nginx } }\n" });
  const [file, log] = [join(folder.path, "shop", "compose.yaml"), join(folder.path, "asked")];
  const env = { PATH: await engineScript(folder.path, engine(log)), STACKHOUSE_HOME: join(folder.path, "home") };
  const home = homeFrom(env);
  return {
    ...folder,
    asked: () => readFile(log, "utf8"),
    remember: (stack) =>
      writeSettings(home, { app: "shop", stack }, { files: [file], host: { kind: "local" }, imageArchives: [] }),
    isRemembered: async (stack) => (await readSettings(home, { app: "shop", stack })) !== undefined,
    destroy: (stack) => runCli(["destroy", "--yes", "-s", stack], { cwd: join(folder.path, "shop"), env }),
  };
}

async function storeEmptyStack({ path }: World): Promise<void> {
  const folder = join(path, "home/state/backend/.pulumi/stacks/shop");
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, "dev.json"), JSON.stringify({ version: 3, checkpoint: { latest: { resources: [] } } }));
}

describe("destroy after an up that made nothing", () => {
  it("forgets the app, whose name is free again", async () => {
    await using shop = await world();
    await shop.remember("dev");
    expect(await shop.destroy("dev")).toMatchObject({ code: 0, stdout: "Nothing is deployed.\n" });
    await expect(access(join(shop.path, "home/state/projects/shop"))).rejects.toMatchObject({ code: "ENOENT" });
  });

  it("removes the empty Pulumi stack too", async () => {
    await using shop = await world();
    await shop.remember("dev");
    await storeEmptyStack(shop);
    const { code, stdout } = await shop.destroy("dev");
    expect({ code, last: stdout.split("\n").at(-2) }).toEqual({ code: 0, last: "Nothing is deployed." });
    expect(await shop.asked()).toMatch(/^stack rm .*\bdev\b/mu);
    expect(await shop.isRemembered("dev")).toBe(false);
  });

  it("keeps what is known of the app in other Pulumi stacks, those of an organization too", async () => {
    await using shop = await world();
    await shop.remember("dev");
    await shop.remember("acme/dev");
    await shop.destroy("dev");
    expect([await shop.isRemembered("dev"), await shop.isRemembered("acme/dev")]).toEqual([false, true]);
  });
});
