import { describe, expect, it } from "@jest/globals";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { access, mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { silentProgress } from "../../modules/base/progress.ts";
import { systemClock } from "../../modules/system/clock.ts";
import { acquireLock } from "../../modules/system/lock.ts";
import { testFolder } from "../support/folder.ts";

const task = fileURLToPath(new URL("../../tools/bootstrap/tasks/down.ts", import.meta.url));

/** The last check of `--down`, on a home of its own. */
async function down(home: string): Promise<{ readonly code: number; readonly said: string }> {
  const child = spawn(process.execPath, ["--disable-warning=ExperimentalWarning", task], {
    // Settings of Pulumi stacks are removed there.
    cwd: home,
    env: { PATH: process.env["PATH"], HOME: home, STACKHOUSE_HOME: home },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const [said, [code]] = await Promise.all([text(child.stdout), once(child, "close") as Promise<[number]>]);
  return { code, said };
}

const resultOf = (said: string): unknown => JSON.parse(said.trim().split("\n").at(-1) ?? "");

/** Writes the state of the Pulumi stack `shop/dev`. */
async function store(home: string, content: string | Uint8Array, name = "dev.json"): Promise<string> {
  const file = join(home, "state/backend/.pulumi/stacks/shop", name);
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, content);
  return file;
}

const checkpoint = (latest: unknown): string => JSON.stringify({ version: 3, checkpoint: { latest } });
const vm = { type: "stackhouse:index:Vm", custom: true, urn: "urn:vm" };
const spec = {
  id: "lonely",
  hostname: "lonely",
  cpus: 1,
  memoryMiB: 256,
  diskGiB: 1,
  baseImage: "debian",
  hostPrivateKey: "key",
  authorizedKeys: [],
};

describe("what --down keeps", () => {
  it.each([
    ["a Pulumi stack with a resource", checkpoint({ resources: [vm] }), "dev.json"],
    ["one whose create was cut", checkpoint({ pending_operations: [{ type: "creating" }] }), "dev.json"],
    ["one whose state is compressed", gzipSync(checkpoint({ resources: [vm] })), "dev.json.gz"],
    ["one whose state cannot be read", "{", "dev.json"],
    ["one whose compressed state cannot be read", "{", "dev.json.gz"],
  ])("is %s, with everything that it needs", async (_what, content, name) => {
    await using home = await testFolder();
    const file = await store(home.path, content, name);
    const { code, said } = await down(home.path);
    expect(code).toBe(0);
    expect(resultOf(said)).toEqual({ result: { kept: ["Pulumi stack shop/dev"] } });
    await expect(access(file)).resolves.toBeUndefined();
  });

  it("is a data disk that has outlived its VM, as somebody asked for", async () => {
    await using home = await testFolder({ "state/data-disks/box/data-data.qcow2": "precious" });
    const disk = join(home.path, "state/data-disks/box/data-data.qcow2");
    const { said } = await down(home.path);
    expect(resultOf(said)).toEqual({ result: { kept: [`data disk ${disk}`] } });
    await expect(access(disk)).resolves.toBeUndefined();
  });

  it.each([
    ["a VM that no Pulumi stack knows", JSON.stringify(spec)],
    ["one of which nobody knows what it shall be", "{"],
  ])("is %s", async (_what, content) => {
    await using home = await testFolder();
    const folder = join(home.path, "state", "vms", "lonely");
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, "spec.json"), content);
    const { said } = await down(home.path);
    expect(resultOf(said)).toEqual({ result: { kept: ["VM lonely"] } });
  });
});

describe("--down while another is at work", () => {
  const empty = checkpoint({ resources: [] });

  it("leaves the state to a run that has made nothing yet, and names it", async () => {
    await using home = await testFolder();
    const file = await store(home.path, empty);
    await using _run = await acquireLock(join(home.path, "state/runs/shop.dev.lock"), {
      purpose: "up of shop/dev",
      clock: systemClock,
      signal: new AbortController().signal,
      progress: silentProgress,
      deadlineMs: 0,
    });
    const { code, said } = await down(home.path);
    expect(code).toBe(1);
    expect(said).toContain("another run is at work: up of shop/dev");
    await expect(access(file)).resolves.toBeUndefined();
  });

  it("leaves the state to a process that uses it, and names that", async () => {
    await using home = await testFolder();
    const file = await store(home.path, empty);
    const user = spawn("sleep", ["60"], { cwd: dirname(file), stdio: "ignore" });
    const { code, said } = await down(home.path);
    user.kill();
    expect(code).toBe(1);
    expect(said).toContain(`${user.pid} sleep 60`);
    await expect(access(file)).resolves.toBeUndefined();
  });
});

describe("what --down removes", () => {
  it.each([
    ["plain", checkpoint({ resources: [] }), "dev.json"],
    ["compressed", gzipSync(checkpoint({ resources: [] })), "dev.json.gz"],
  ])("is the state of a Pulumi stack without resources, %s, and a VM that was never made whole", async (...row) => {
    const [, content, name] = row;
    await using home = await testFolder();
    await store(home.path, content, name);
    await mkdir(join(home.path, "state", "vms", "half-made"), { recursive: true });
    const { said } = await down(home.path);
    expect(resultOf(said)).toEqual({ result: { kept: [] } });
    await expect(access(join(home.path, "state"))).rejects.toMatchObject({ code: "ENOENT" });
  });
});
