import { describe, expect, it } from "@jest/globals";
import { link, mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { totalmem } from "node:os";
import { join } from "node:path";
import { bakingHome } from "../../modules/baked-images/index.ts";
import type { Clock } from "../../modules/base/clock.ts";
import { silentProgress } from "../../modules/base/progress.ts";
import type { PoolMember, VmRunning } from "../../modules/hypervisors/driver.ts";
import { createQemuDriver } from "../../modules/hypervisors/qemu/index.ts";
import { acquireLock } from "../../modules/system/lock.ts";
import { systemClock } from "../../modules/system/clock.ts";
import { call, fakeVms, size, specOf } from "../support/fake-vms.ts";

const vms = fakeVms();
const { haveTemplate, begin, launches } = vms;

/** A VM that asks for clones that wait, and has them. */
async function keeper(pool: number): Promise<void> {
  await haveTemplate();
  await begin("auto", "keeper", { pool });
  await vms.driver.fillPool(size, call);
}

const members = async (): Promise<readonly PoolMember[]> =>
  (await vms.driver.listPools(call)).flatMap((pool) => pool.waiting);
const waiting = async (): Promise<readonly string[]> => (await members()).map(({ name }) => name);
const inPool = async (): Promise<readonly string[]> =>
  (await readdir(vms.home.state.pool)).filter((name) => !name.startsWith("."));
const folderOf = (id: string): string => join(vms.home.state.vms, id);

describe("a pool", () => {
  it("has as many clones as the VM that asks for most, and no more", async () => {
    await keeper(2);
    expect(await vms.driver.listPools(call)).toMatchObject([{ kind: size, wanted: 2, waiting: [{}, {}] }]);
    await begin("auto", "other", { pool: 1 });
    await vms.driver.fillPool(size, call);
    expect(await waiting()).toHaveLength(2);
    await vms.driver.create({ ...specOf("keeper"), pool: 1 }, call);
    await vms.driver.fillPool(size, call);
    expect(await waiting()).toHaveLength(1);
    expect(await vms.qemu.living(3)).toBe(3);
  });

  it("is made anew for another QEMU: what waited there is taken by nobody, and ends first", async () => {
    await keeper(1);
    vms.qemu.version = "10.0.3";
    await vms.qemu.fail({ on: "member", at: "hello", does: "refuses", says: "not today" });
    await expect(vms.driver.fillPool(size, call)).rejects.toThrow(/not today/u);
    expect(await waiting()).toEqual([]);
    await vms.qemu.fail();
    await vms.driver.fillPool(size, call);
    expect((await begin("auto")).start?.rung).toBe("pool");
  });

  it("is filled when another run that fills one has ended, which may have many clones to make", async () => {
    await keeper(0);
    await vms.driver.create({ ...specOf("keeper"), pool: 1 }, call);
    const held = { ...call, clock: systemClock, purpose: "filling a pool of VMs", deadlineMs: 0 };
    const lock = await acquireLock(join(vms.home.state.pool, ".filling.lock"), held);
    let minutes = 0;
    const clock: Clock = {
      now: () => Date.now() + minutes * 60_000,
      async sleep(ms, signal) {
        if (minutes === 10) {
          await systemClock.sleep(ms, signal);
          return;
        }
        minutes += 1;
        if (minutes === 10) await lock[Symbol.asyncDispose]();
      },
    };
    await createQemuDriver({ home: vms.home, runner: vms.qemu.runner, clock }).fillPool(size, call);
    expect(await waiting()).toHaveLength(1);
  });

  it("is none where no VM asks for it", async () => {
    await begin("auto");
    await vms.driver.fillPool(size, call);
    expect(await waiting()).toEqual([]);
  });

  it("is of clones that have run for a moment, stand still, and were told nobody's keys", async () => {
    await keeper(1);
    const asked = (await vms.qemu.journal()).filter((line) => line.startsWith("member"));
    expect(asked.slice(asked.indexOf("member cont"))).toEqual(["member cont", "member hello", "member stop"]);
    const document = await readFile(join(vms.home.state.pool, (await inPool())[0] ?? "", "identity"), "utf8");
    expect(document.split("\n").map((line) => line.split(" ")[0])).toEqual([
      ...["stackhouse-member", "seed", "address", "gateway", "nameserver", "end", ""],
    ]);
  });

  it("ends with the last VM that asks for it", async () => {
    await keeper(2);
    await begin("auto", "other", { pool: 1 });
    await vms.driver.destroy("keeper", call);
    expect(await waiting()).toHaveLength(1);
    await vms.driver.destroy("other", call);
    expect(await inPool()).toEqual([]);
    expect(await vms.qemu.living(0)).toBe(0);
  });

  it("outlives a VM that bakes an image: those are apart, and nobody asks for clones there", async () => {
    await keeper(2);
    const baking = createQemuDriver({ home: bakingHome(vms.home), runner: vms.qemu.runner, clock: systemClock });
    await baking.create(specOf("bake"), call);
    await baking.destroy("bake", call);
    expect(await waiting()).toHaveLength(2);
  });

  it("is of one kind of VM, and no other begins from it", async () => {
    await keeper(1);
    expect((await begin("auto", "larger", { memoryMiB: 1024 })).start?.rung).toBe("template");
    expect(await waiting()).toHaveLength(1);
  });
});

describe("a VM that begins where a clone waits", () => {
  it("is that clone: it has its identity before any port leads to it, and no process is started", async () => {
    await keeper(1);
    const before = await launches();
    const { start } = await begin("auto");
    expect(start).toMatchObject({
      rung: "pool",
      reason: expect.stringMatching(/^clone of [0-9a-f]{24} that waited$/u),
    });
    expect(start?.stages?.map(({ stage }) => stage)).toEqual(["process", "memory", "identity"]);
    expect(await launches()).toEqual(before);
    const journal = (await vms.qemu.journal()).filter((line) => line.startsWith("member"));
    const later = journal.slice(journal.indexOf("member stop"));
    expect(later.indexOf("member identify")).toBeGreaterThan(later.indexOf("member cont"));
    expect(later.indexOf("member human-monitor-command")).toBeGreaterThan(later.indexOf("member clock"));
    expect(await inPool()).toEqual([]);
  });

  it("is found, stopped and booted again as any other, and its folder holds nothing of the pool then", async () => {
    await keeper(1);
    const { pid } = await begin("auto");
    expect(await vms.driver.inspect("box", call)).toMatchObject({ state: "running", pid, start: { rung: "pool" } });
    await vms.driver.stop("box", 5_000, call);
    expect(await vms.driver.inspect("box", call)).toMatchObject({ state: "stopped" });
    expect((await vms.driver.start("box", call)).start?.rung).toBe("cold");
    expect(await readdir(folderOf("box"))).not.toContain("taken");
  });

  it("has its own data disks", async () => {
    await keeper(1);
    const dataDisks = [{ name: "data", sizeGiB: 1, mountPath: "/srv/data" }];
    expect((await begin("auto", "box", { dataDisks })).start?.rung).toBe("pool");
    expect(await vms.qemu.journal()).toContain("member device_add");
  });

  it("is paused and resumed with its own disk", async () => {
    await keeper(1);
    await begin("auto");
    await vms.driver.pause("box", call);
    expect((await vms.driver.start("box", call)).start?.rung).toBe("resumed");
  });

  it("boots where it is to boot", async () => {
    await keeper(1);
    await vms.driver.create({ ...specOf("box"), start: "cold" }, call);
    expect((await vms.driver.start("box", call)).start?.rung).toBe("cold");
    expect(await waiting()).toHaveLength(1);
  });

  it("shares it with nobody: of several that begin at once, each is another clone", async () => {
    await keeper(2);
    const begun = await Promise.all(["one", "two", "three"].map((id) => begin("auto", id)));
    expect(begun.map(({ start }) => start?.rung).sort()).toEqual(["pool", "pool", "template"]);
    expect(new Set(begun.map(({ pid }) => pid)).size).toBe(3);
  });
});

/** What a VM is told before it has its identity, as one of the pool. */
const stages = ["qmp_capabilities", "qom-list", "cont", "identify", "clock", "human-monitor-command"];

describe("a clone that waited, and is of no use", () => {
  const warned = async (id: string): Promise<{ running: VmRunning; said: readonly string[] }> => {
    const said: string[] = [];
    const progress = { ...silentProgress, warn: (text: string) => void said.push(text) };
    await vms.driver.create(specOf(id), call);
    return { running: await vms.driver.start(id, { ...call, progress }), said };
  };

  it.each(stages)(
    "because its process is killed at %s, is thrown away: a fresh clone is taken, and says why",
    async (at) => {
      await keeper(1);
      await vms.qemu.fail({ on: "member", at, does: "dies" });
      const { running, said } = await warned("box");
      expect(running.start).toMatchObject({
        rung: "template",
        reason: expect.stringMatching(/^clone of [0-9a-f]+, because one that waited was of no use: ./u),
      });
      expect(said).toEqual([expect.stringMatching(/^box: a clone that waited is thrown away: ./u)]);
      expect(await inPool()).toEqual([]);
      expect(await vms.qemu.living(2)).toBe(2);
    },
  );

  it("because its process has ended, is thrown away for the next one that waits", async () => {
    await keeper(2);
    const [dead] = [...(await members())].sort((one, other) => (one.name < other.name ? -1 : 1));
    process.kill(dead?.pid ?? 0, "SIGKILL");
    await vms.qemu.living(2);
    const { running, said } = await warned("box");
    expect(running.start?.rung).toBe("pool");
    expect(said).toEqual(["box: a clone that waited is thrown away: its process had ended"]);
    expect(await inPool()).toEqual([]);
  });

  it("because its process has ended, is replaced when the pool is filled", async () => {
    await keeper(1);
    const [dead] = await members();
    process.kill(dead?.pid ?? 0, "SIGKILL");
    await vms.qemu.living(1);
    await vms.driver.fillPool(size, call);
    expect(await waiting()).not.toEqual([dead?.name]);
    expect(await waiting()).toHaveLength(1);
  });

  it("because its guest does not take on its identity, is the only one that is asked: all that wait are alike", async () => {
    await keeper(2);
    await vms.qemu.fail({ on: "member", at: "identify", does: "refuses", says: "no disk" });
    const { running, said } = await warned("box");
    expect(running.start).toMatchObject({ rung: "template", reason: expect.stringContaining("no disk") });
    expect(said).toHaveLength(1);
    expect(await waiting()).toHaveLength(1);
  });

  it("because its files cannot be taken over, is the only one that is tried", async () => {
    await keeper(2);
    // A folder cannot be linked.
    for (const name of await inPool()) await mkdir(join(vms.home.state.pool, name, "odd"));
    const { running, said } = await warned("box");
    expect(running.start?.rung).toBe("template");
    expect(said).toEqual([expect.stringMatching(/^box: a clone that waited is thrown away: .*EPERM/u)]);
    expect(await waiting()).toHaveLength(1);
  });

  it("because its guest does not take on its identity, is thrown away where the VM must be a clone, too", async () => {
    await keeper(1);
    await vms.qemu.fail({ on: "member", at: "identify", does: "refuses", says: "no disk" });
    expect((await begin("warm")).start).toMatchObject({ rung: "template", reason: expect.stringContaining("no disk") });
  });
});

describe("a run that is killed", () => {
  const all = ["process.json", "mark", "qemu.pid", "qmp.sock", "disk.qcow2", "template.qcow2", "kernel", "initrd"];
  /** Which files of a clone are linked so far, where, and which of them are in their places. */
  interface Cut {
    readonly linked: readonly string[];
    readonly together: string;
    readonly moved: readonly string[];
  }
  /** As a kill leaves a VM between any two steps of taking a clone: what is done is done, and the rest is not. */
  const takenUntil = async ({ linked, together, moved }: Cut): Promise<void> => {
    await keeper(1);
    await vms.driver.create(specOf("box"), call);
    const [name = ""] = await inPool();
    const taken = join(folderOf("box"), "taken");
    await rename(join(vms.home.state.pool, name), taken);
    await mkdir(join(folderOf("box"), together));
    for (const file of linked) {
      const place = join(folderOf("box"), moved.includes(file) ? "" : together, file);
      await rm(place, { force: true });
      await link(join(taken, file), place);
    }
  };
  const cuts: readonly Cut[] = [
    { linked: [], together: "taking-over.new", moved: [] },
    { linked: ["process.json", "mark"], together: "taking-over.new", moved: [] },
    { linked: all, together: "taking-over.new", moved: [] },
    { linked: all, together: "taking-over", moved: [] },
    { linked: all, together: "taking-over", moved: ["process.json"] },
    { linked: all, together: "taking-over", moved: ["disk.qcow2", "kernel"] },
    { linked: all, together: "taking-over", moved: all },
  ];

  it.each(cuts)(
    "while a VM takes a clone leaves nobody running once the VM begins again: $together $moved",
    async (cut) => {
      await takenUntil(cut);
      expect(await vms.driver.inspect("box", call)).not.toMatchObject({ state: "running" });
      expect((await vms.driver.start("box", call)).start?.rung).toBe("template");
      expect(await vms.qemu.living(2)).toBe(2);
    },
  );

  it.each(cuts)(
    "while a VM takes a clone leaves nobody running once the VM is destroyed: $together $moved",
    async (cut) => {
      await takenUntil(cut);
      await vms.driver.destroy("box", call);
      expect(await vms.qemu.living(1)).toBe(1);
    },
  );

  it.each(["new-", "end-"])(
    "in the middle of making or ending a clone (%s) leaves what the next one ends",
    async (prefix) => {
      await keeper(1);
      const [name = ""] = await inPool();
      await rename(join(vms.home.state.pool, name), join(vms.home.state.pool, `${prefix}${name}`));
      const lock = `.${prefix}${name}.agent-port.lock`;
      await writeFile(join(vms.home.state.pool, lock), "of who has asked its agent");
      await vms.driver.fillPool(size, call);
      expect(await readdir(vms.home.state.pool)).not.toContain(lock);
      expect(await inPool()).toHaveLength(1);
      expect(await waiting()).toHaveLength(1);
      expect(await vms.qemu.living(2)).toBe(2);
    },
  );
});

describe("a clone that cannot be made to wait", () => {
  it.each(["launch", "migrate-incoming", "cont", "hello", "stop"])("at %s: nothing is left of it", async (at) => {
    await keeper(0);
    await vms.driver.create({ ...specOf("keeper"), pool: 1 }, call);
    await vms.qemu.fail({ on: "member", at, does: "refuses", says: "not today" });
    await expect(vms.driver.fillPool(size, call)).rejects.toThrow(/not today|does not start/u);
    expect(await inPool()).toEqual([]);
    expect(await vms.qemu.living(1)).toBe(1);
  });

  it("because there is no memory for it is told, and is no failure", async () => {
    const memoryMiB = Math.floor(totalmem() / 1024 ** 2);
    await vms.driver.create({ ...specOf("box"), memoryMiB, pool: 1 }, call);
    const said: string[] = [];
    const progress = { ...silentProgress, warn: (text: string) => void said.push(text) };
    await vms.driver.fillPool({ ...size, memoryMiB }, { ...call, progress });
    expect(said).toEqual([
      expect.stringMatching(/^0 of 1 clones wait for the next VM: each may use \d+ MiB of memory/u),
    ]);
    expect(await waiting()).toEqual([]);
  });
});
