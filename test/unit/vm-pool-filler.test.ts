import { beforeEach, describe, expect, it, jest } from "@jest/globals";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdir, readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { waitUntil } from "../../modules/base/wait.ts";
import { systemClock } from "../../modules/system/clock.ts";
import { systemRunner } from "../../modules/system/exec.ts";
import { isRunning } from "../../modules/system/lock.ts";
import { spawnCli } from "../support/cli.ts";
import { fakeQemuOnPath } from "../support/fake-qemu-program.ts";
import { call, fakeVms, size } from "../support/fake-vms.ts";

// Programs start, and wait for each other: a busy machine takes its time.
jest.setTimeout(120_000);

const vms = fakeVms();
const support = (name: string): string => fileURLToPath(new URL(`../support/${name}`, import.meta.url));
const script = fileURLToPath(new URL("../../modules/cli/main.ts", import.meta.url));
let env: Record<string, string>;

/** A VM asks for two clones that wait, and there is none. */
beforeEach(async () => {
  await vms.haveTemplate();
  await vms.begin("auto", "keeper", { pool: 2 });
  const bin = await fakeQemuOnPath(join(vms.place.path, "qemu"));
  env = { PATH: `${bin}:${process.env["PATH"] ?? ""}`, HOME: vms.place.path, STACKHOUSE_HOME: vms.place.path };
});

const fill = () => spawnCli(["host", "fill"], { cwd: vms.place.path, env });
const waiting = async (): Promise<number> =>
  (await vms.driver.listPools(call)).reduce((sum, pool) => sum + pool.waiting.length, 0);
const inPool = async (): Promise<readonly string[]> =>
  (await readdir(vms.home.state.pool)).filter((name) => !name.startsWith("."));
const log = (): string => join(vms.home.state.root, "pool-fill.log");

async function until(what: string, isSo: () => Promise<boolean>): Promise<void> {
  await waitUntil(
    async () => ((await isSo()) ? { done: true, value: undefined } : { done: false, reason: "it is not" }),
    { ...call, clock: systemClock, what, deadlineMs: 60_000, intervalMs: 50 },
  );
}

describe("the process that fills pools", () => {
  it("begins when its run is over, which says where its log is; and what it says is there", async () => {
    const argv = [support("fill-later-run.ts"), script, JSON.stringify(size)];
    const run = await systemRunner.exec(process.execPath, argv, { env: { ...env, NODE_NO_WARNINGS: "1" } });
    expect(run).toMatchObject({ exitCode: 0, stderr: "" });
    expect(run.stdout).toMatch(/^0 of 2 clones wait .* when this run is over; \S+pool-fill\.log says how that goes$/mu);
    expect(run.stdout).toContain(log());
    await until("the pool to be filled", async () => (await waiting()) === 2);
    await until("the log to be complete", async () => (await readFile(log(), "utf8")).includes("2 clones wait"));
    expect(await readFile(log(), "utf8")).toMatch(/^\d{4}-\S+Z after process \d+\n/u);
  });

  /** Gives the folder of the clone that it was making. */
  async function killedInTheMiddle(): Promise<string> {
    await vms.qemu.fail({ on: "member", at: "hello", does: "ignores" });
    const filler = spawn(process.execPath, [script, "host", "fill"], { env, stdio: "ignore" });
    const ended = once(filler, "exit");
    await until("a clone to be half made", async () => (await vms.qemu.journal()).includes("member hello"));
    const [half = ""] = await inPool();
    expect(half).toMatch(/^new-/u);
    filler.kill("SIGKILL");
    await ended;
    await vms.qemu.fail();
    return half;
  }

  it("leaves nothing behind that the next one does not end, where it is killed in the middle", async () => {
    const half = await killedInTheMiddle();
    const pid = Number(await readFile(join(vms.home.state.pool, half, "qemu.pid"), "utf8"));
    expect(await isRunning(pid)).toBe(true);
    expect(await fill()).toMatchObject({ code: 0 });
    expect(await isRunning(pid)).toBe(false);
    expect(await waiting()).toBe(2);
    expect(await inPool()).toHaveLength(2);
  });

  it("leaves no lock for ever, where it is killed as soon as a clone is complete", async () => {
    const half = await killedInTheMiddle();
    const { pool } = vms.home.state;
    await rename(join(pool, half), join(pool, half.slice("new-".length)));
    expect(await readdir(pool)).toContain(`.${half}.lock`);
    expect(await fill()).toMatchObject({ code: 0 });
    expect(await waiting()).toBe(2);
    expect(await inPool()).toContain(half.slice("new-".length));
    expect(await readdir(pool)).toHaveLength(2);
  });

  it("may run twice at a time: together they make as many clones as are asked for, and no more", async () => {
    const both = await Promise.all([fill(), fill()]);
    expect(both.map(({ code }) => code)).toEqual([0, 0]);
    expect(await inPool()).toHaveLength(2);
    expect((await vms.launches()).filter((kind) => kind === "member")).toHaveLength(2);
  });

  it("fills the pool of another kind, too, where that of one fails, and ends with the error", async () => {
    await vms.begin("auto", "larger", { memoryMiB: 1024, pool: 1 });
    await vms.qemu.fail({ on: "member", at: "launch", does: "refuses", says: "no clones today", times: 1 });
    const { code, stderr } = await fill();
    expect(code).toBe(1);
    expect(stderr).toContain("no clones today");
    const pools = await vms.driver.listPools(call);
    expect(pools.filter((pool) => pool.waiting.length === pool.wanted)).toHaveLength(1);
  });

  it("ends with an error that says why, where it can make none, and the list of VMs says where that is", async () => {
    await writeFile(log(), "");
    await vms.qemu.fail({ on: "member", at: "launch", does: "refuses", says: "no clones today" });
    const { code, stderr } = await fill();
    expect(code).toBe(1);
    expect(stderr).toContain("no clones today");
    const { stdout } = await spawnCli(["host", "list"], { cwd: vms.place.path, env });
    expect(stdout).toContain(` host fill; what it said in the background is in ${log()}`);
  });
});
