import { describe, expect, it } from "@jest/globals";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { testFolder } from "../support/folder.ts";

const task = fileURLToPath(new URL("../../tools/bootstrap/tasks/down.ts", import.meta.url));

/** The last check of `--down`, on a home of its own. */
async function down(home: string): Promise<{ readonly code: number; readonly said: string }> {
  const child = spawn(process.execPath, ["--disable-warning=ExperimentalWarning", task], {
    env: { PATH: process.env["PATH"], HOME: home, STACKHOUSE_HOME: home },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const [said, [code]] = await Promise.all([text(child.stdout), once(child, "close") as Promise<[number]>]);
  return { code, said };
}

const stacks = "state/backend/.pulumi/stacks";
const vm = { type: "stackhouse:index:Vm", custom: true, urn: "urn:vm" };

describe("what --down keeps", () => {
  it.each([
    ["a Pulumi stack with a resource", { resources: [vm] }, "Pulumi stack shop/dev"],
    ["one whose create was cut", { pending_operations: [{ type: "creating" }] }, "Pulumi stack shop/dev"],
  ])("is %s, with everything that it needs", async (_what, latest, kept) => {
    await using home = await testFolder();
    const file = join(home.path, stacks, "shop", "dev.json");
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, JSON.stringify({ version: 3, checkpoint: { latest } }));
    const { code, said } = await down(home.path);
    expect(code).toBe(0);
    expect(JSON.parse(said.trim().split("\n").at(-1) ?? "")).toEqual({ result: { kept: [kept] } });
  });

  it("is a VM that no Pulumi stack knows", async () => {
    await using home = await testFolder();
    await mkdir(join(home.path, "state", "vms", "lonely"), { recursive: true });
    const { said } = await down(home.path);
    expect(said).toContain("VM lonely");
  });
});
