import { describe, expect, it } from "@jest/globals";
import { mkdir, readdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { silentProgress } from "../../modules/base/progress.ts";
import type { PoolMember } from "../../modules/hypervisors/driver.ts";
import type { Fault } from "../support/fake-qemu.ts";
import { call, fakeVms, size, specOf } from "../support/fake-vms.ts";

const vms = fakeVms();
const { haveTemplate, begin, launches } = vms;

const members = async (): Promise<readonly PoolMember[]> =>
  (await vms.driver.listPools(call)).flatMap((pool) => pool.waiting);
const inPool = async (): Promise<readonly string[]> =>
  (await readdir(vms.home.state.pool)).filter((name) => !name.startsWith("."));

/** A VM that asks for one clone that waits, and has none yet. */
async function keeper(): Promise<void> {
  await haveTemplate();
  await vms.driver.create({ ...specOf("keeper"), pool: 1 }, call);
}

describe("the template of clones that wait", () => {
  const refused: Fault = { on: "member", at: "query-migrate", does: "refuses", says: "Unknown ramblock" };

  it("is made anew, once, where QEMU does not take it, and that is told", async () => {
    await keeper();
    await vms.qemu.fail({ ...refused, times: 1 });
    const said: string[] = [];
    const progress = { ...silentProgress, warn: (text: string) => void said.push(text) };
    await vms.driver.fillPool(size, { ...call, progress });
    expect(await launches()).toEqual(["member", "template", "member"]);
    expect(await members()).toHaveLength(1);
    expect(said).toEqual([
      expect.stringMatching(/^the template [0-9a-f]{24} is made anew, as QEMU .*Unknown ramblock$/u),
    ]);
  });

  it("that QEMU does not take when it is new either is not tried again by the next fill, nor by the next VM", async () => {
    await keeper();
    await vms.qemu.fail(refused);
    await expect(vms.driver.fillPool(size, call)).rejects.toThrow(/Unknown ramblock/u);
    expect(await inPool()).toEqual([]);
    await expect(vms.driver.fillPool(size, call)).rejects.toThrow(/failed at .* not tried again before .*Unknown/u);
    expect((await begin("auto")).start).toMatchObject({ rung: "cold", reason: expect.stringContaining("Unknown") });
    expect(await launches()).toEqual(["member", "template", "member", "boot"]);
  });

  it("is tried by the next VM where a clone's process was killed while it was made to wait", async () => {
    await keeper();
    await vms.qemu.fail({ on: "member", at: "query-migrate", does: "dies" });
    await expect(vms.driver.fillPool(size, call)).rejects.toThrow(/QEMU is ending/u);
    expect((await begin("auto")).start?.rung).toBe("template");
  });
});

describe("a pool whose image is not in the cache any more", () => {
  it.each<[string, () => Promise<void>]>([
    ["is of the template that is there", haveTemplate],
    ["is of a template that is made of a VM that asks for it", () => Promise.resolve()],
  ])("%s", async (_what, prepare) => {
    await vms.driver.create({ ...specOf("keeper"), pool: 1 }, call);
    await prepare();
    await rm(vms.home.cache.images, { recursive: true });
    await vms.driver.fillPool(size, call);
    expect((await begin("auto", "keeper", { pool: 1 })).start?.rung).toBe("pool");
  });
});

describe("a clone that waits, and cannot be ended", () => {
  /** Something of an earlier one is in the way. */
  const stuck = async (): Promise<string> => {
    await keeper();
    await vms.driver.fillPool(size, call);
    const [name = ""] = await inPool();
    await mkdir(join(vms.home.state.pool, `end-${name}`));
    await writeFile(join(vms.home.state.pool, `end-${name}`, "in-the-way"), "");
    return name;
  };

  it("keeps no VM from being destroyed, and is told of", async () => {
    const name = await stuck();
    const said: string[] = [];
    const progress = { ...silentProgress, warn: (text: string) => void said.push(text) };
    await vms.driver.destroy("keeper", { ...call, progress });
    expect(await vms.driver.list(call)).toEqual([]);
    expect(said).toEqual([
      expect.stringMatching(new RegExp(`^the clone ${name}, .* was not ended, .*: ENOTEMPTY`, "u")),
    ]);
  });
});
