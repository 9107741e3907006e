import { describe, expect, it } from "@jest/globals";
import { spawn } from "node:child_process";
import { mkdir, readdir, readFile, rm, stat, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import type { Driver, VmRunning } from "../../modules/hypervisors/driver.ts";
import { ownerMark } from "../../modules/hypervisors/qemu/folder.ts";
import { createQemuDriver } from "../../modules/hypervisors/qemu/index.ts";
import { failedTemplateKind, templateFiles } from "../../modules/images/index.ts";
import { listCache, removeEntry } from "../../modules/system/cache.ts";
import { systemClock } from "../../modules/system/clock.ts";
import { systemRunner } from "../../modules/system/exec.ts";
import type { Fault } from "../support/fake-qemu.ts";
import { call, fakeVms, size, specOf } from "../support/fake-vms.ts";
import { processExists } from "../support/vm.ts";

const vms = fakeVms();
const { haveTemplate, begin, templates, launches } = vms;

describe("a trial of QEMU whose run was killed", () => {
  it("is ended when the next template is made, and nothing is left of it", async () => {
    const folder = join(vms.home.cache.templates, "making", "trial-0123");
    await mkdir(folder, { recursive: true });
    const args = ["-name", `stackhouse-trial-${ownerMark(folder)}`, "-machine", "none"];
    await vms.qemu.runner.exec("qemu-system-x86_64", args, { cwd: folder });
    expect(await vms.qemu.living(1)).toBe(1);
    await vms.driver.prepare(size, call);
    expect(await vms.qemu.living(0)).toBe(0);
    expect(await readdir(join(vms.home.cache.templates, "making"))).toEqual([]);
  });

  it("leaves no lock for ever, where it was killed at the very end", async () => {
    const lock = "trial-0123456789abcdef.lock";
    await mkdir(vms.home.cache.templates, { recursive: true });
    await writeFile(join(vms.home.cache.templates, lock), "of a process that is gone");
    await vms.driver.prepare(size, call);
    expect(await readdir(vms.home.cache.templates)).not.toContain(lock);
  });
});

/** Begins a VM of that id: as a program of its own, what `node` runs and with what. */
function beginning(id: string): { args: readonly string[]; env: Record<string, string> } {
  const program = fileURLToPath(new URL("../support/begin-vm.ts", import.meta.url));
  return {
    args: [program, join(vms.place.path, "qemu"), JSON.stringify(specOf(id))],
    env: { STACKHOUSE_HOME: vms.place.path, NODE_NO_WARNINGS: "1" },
  };
}

describe("a run that is killed while it makes a template", () => {
  it.each<[string, Fault]>([
    ["boots", { on: "template", at: "hello", does: "ignores" }],
    ["is saved", { on: "template", at: "query-migrate", does: "ignores" }],
  ])("and its VM %s leaves half of one, which the next run ends and makes whole", async (_what, fault) => {
    await vms.qemu.fail(fault);
    const { args, env } = beginning("first");
    const run = spawn(process.execPath, args, { env: { ...process.env, ...env }, stdio: "ignore" });
    while (!(await vms.qemu.journal()).includes(`template ${fault.at}`)) await delay(20);
    run.kill("SIGKILL");
    const making = join(vms.home.cache.templates, "making");
    const [key = ""] = await readdir(making);
    const pid = Number(await readFile(join(making, key, "qemu.pid"), "utf8"));
    expect(await processExists(pid)).toBe(true);
    await vms.qemu.fail();
    expect((await begin("warm", "second")).start?.rung).toBe("template");
    expect(await launches()).toEqual(["template", "clone"]);
    expect(await processExists(pid)).toBe(false);
    expect(await readdir(making)).toEqual([]);
  });
});

describe("two programs that need the same template at once", () => {
  it("make it once, and each has a clone of it", async () => {
    const runs = ["one", "two"].map((id) => {
      const { args, env } = beginning(id);
      return systemRunner.exec(process.execPath, args, { env });
    });
    for (const run of await Promise.all(runs)) {
      expect(run).toMatchObject({ exitCode: 0, stdout: "template", stderr: "" });
    }
    expect((await launches()).toSorted()).toEqual(["clone", "clone", "template"]);
    expect(await templates()).toHaveLength(1);
  });
});

describe("a template", () => {
  const refused: Fault = { on: "clone", at: "query-migrate", does: "refuses", says: "Unknown ramblock" };

  it.each<[string, Fault]>([
    ["does not take", refused],
    ["does not begin to take", { on: "clone", at: "migrate-incoming", does: "refuses", says: "no such channel" }],
  ])("that QEMU %s is made anew, once", async (_what, fault) => {
    await haveTemplate();
    await vms.qemu.fail({ ...fault, times: 1 });
    expect((await begin("warm")).start).toMatchObject({
      rung: "template",
      reason: expect.stringMatching(
        new RegExp(`^clone of \\w+, which was made anew, as QEMU does not take .*${fault.says ?? ""}`, "u"),
      ),
    });
    expect(await launches()).toEqual(["clone", "template", "clone"]);
  });

  it("that is not taken when it is new either: the VM boots, and the reason says what QEMU said", async () => {
    await haveTemplate();
    await vms.qemu.fail(refused);
    expect((await begin("auto")).start).toMatchObject({
      rung: "cold",
      reason: expect.stringContaining("Unknown ramblock"),
    });
    expect(await launches()).toEqual(["clone", "template", "clone", "boot"]);
  });

  it("of another version of QEMU is not touched: there is a second one", async () => {
    await begin("warm", "old");
    const [old = ""] = await templates();
    const before = await stat(join(vms.home.cache.templates, old, "state"));
    vms.qemu.version = "10.0.3";
    await begin("warm", "new");
    expect(await templates()).toHaveLength(2);
    expect((await stat(join(vms.home.cache.templates, old, "state"))).mtimeMs).toBe(before.mtimeMs);
    expect(await launches()).toEqual(["template", "clone", "template", "clone"]);
  });

  it.each<[string, (file: string) => Promise<void>]>(
    templateFiles("mapped").flatMap((name): [string, (folder: string) => Promise<void>][] => [
      [`whose ${name} was cut off`, (folder) => truncate(join(folder, name), 1)],
      [`whose ${name} is gone`, (folder) => rm(join(folder, name))],
    ]),
  )("%s is made anew, which is told, and its clone can boot later", async (_what, damage) => {
    await haveTemplate();
    const [key = ""] = await templates();
    await damage(join(vms.home.cache.templates, key));
    const told: string[] = [];
    await vms.driver.create(specOf("box"), call);
    const progress = { ...call.progress, warn: (text: string) => void told.push(text) };
    const { start } = await vms.driver.start("box", { ...call, progress });
    const [, why = ""] = /^the template \w+ is made anew, as (.+)$/u.exec(told[0] ?? "") ?? [];
    expect(why).toMatch(/^its \S+ (has 1 bytes instead of \d+|is missing)$/u);
    expect(start).toMatchObject({ rung: "template", reason: `clone of ${key}, which was made anew, as ${why}` });
    expect(await launches()).toEqual(["template", "clone"]);
    await vms.driver.kill("box", call);
    expect((await vms.driver.start("box", call)).start?.rung).toBe("cold");
  });

  it.each<[string, Fault]>([
    ["does not start", { on: "template", at: "launch", does: "refuses", says: "no such machine" }],
    ["dies while it boots", { on: "template", at: "hello", does: "dies" }],
    ["has no container engine", { on: "template", at: "hello", does: "refuses", says: "no engine" }],
    ["cannot be saved", { on: "template", at: "migrate", does: "refuses", says: "a device does not migrate" }],
    ["dies while it is saved", { on: "template", at: "query-migrate", does: "dies" }],
  ])("that cannot be made, because its VM %s: VMs boot, and nothing is left of it", async (_what, fault) => {
    await vms.qemu.fail(fault);
    const { start } = await begin("auto");
    expect(start).toMatchObject({ rung: "cold", reason: expect.stringMatching(/./u) });
    expect(await launches()).toEqual(["template", "boot"]);
    expect(await readdir(join(vms.home.cache.templates, "making"))).toEqual([]);
    expect(await templates()).toEqual([]);
    await expect(begin("warm", "clone")).rejects.toThrow();
    expect(await vms.driver.inspect("clone", call)).toMatchObject({ state: "stopped" });
  });
});

describe("a template that failed", () => {
  const soon = (minutes: number): Driver =>
    createQemuDriver({
      home: vms.home,
      runner: vms.qemu.runner,
      clock: { ...systemClock, now: () => Date.now() + minutes * 60_000 },
    });
  const beginSoon = async (minutes: number, id: string): Promise<VmRunning> => {
    await vms.driver.create(specOf(id), call);
    return await soon(minutes).start(id, call);
  };
  const cannotBeMade: Fault = { on: "template", at: "hello", does: "refuses", says: "no engine" };
  const isNotTaken: Fault = { on: "clone", at: "query-migrate", does: "refuses", says: "Unknown ramblock" };

  it.each<[string, Fault, string, readonly string[]]>([
    ["made", cannotBeMade, "no engine", ["template", "boot", "boot"]],
    ["taken", isNotTaken, "Unknown ramblock", ["template", "clone", "template", "clone", "boot", "boot"]],
  ])(
    "because it could not be %s is not tried by the next VM, which boots and says why",
    async (_what, fault, says, all) => {
      await vms.qemu.fail(fault);
      await begin("auto", "first");
      expect((await begin("auto", "second")).start).toMatchObject({
        rung: "cold",
        reason: expect.stringMatching(new RegExp(`failed at .* not tried again before .*${says}`, "u")),
      });
      expect((await vms.driver.probe(call)).beginning).toMatch(
        new RegExp(`; those of one kind boot, as its template failed at .*${says}`, "u"),
      );
      expect(await launches()).toEqual(all);
    },
  );

  it("is tried again an hour later", async () => {
    await vms.qemu.fail(cannotBeMade);
    await begin("auto", "first");
    await vms.qemu.fail();
    expect((await beginSoon(59, "second")).start?.rung).toBe("cold");
    expect((await beginSoon(61, "third")).start?.rung).toBe("template");
  });

  it("is tried at once for a VM that must be a clone, and good for all when that works", async () => {
    await vms.qemu.fail(cannotBeMade);
    await begin("auto", "first");
    await vms.qemu.fail();
    expect((await begin("warm", "second")).start?.rung).toBe("template");
    expect((await begin("auto", "third")).start?.rung).toBe("template");
  });

  it("is an entry of the cache, and tried again when that is removed", async () => {
    await vms.qemu.fail(cannotBeMade);
    await begin("auto", "first");
    await vms.qemu.fail();
    const [entry] = await listCache([failedTemplateKind(vms.home)]);
    if (entry === undefined) throw new Error("there is no such entry");
    await removeEntry(entry, { ...call, clock: systemClock });
    expect((await begin("auto", "second")).start?.rung).toBe("template");
  });

  const isDeaf: Fault = { on: "clone", at: "identify", does: "ignores" };
  const notTried = /failed at .* not tried again before/u;

  it.each<[string, Fault, readonly string[], RegExp]>([
    [
      "says so, is not tried by the next VM",
      { on: "clone", at: "identify", does: "refuses", says: "no engine" },
      ["clone", "boot", "boot", "boot"],
      notTried,
    ],
    ["is silent each time, is not tried by a third VM", isDeaf, ["clone", "boot", "clone", "boot", "boot"], notTried],
    [
      "is silent once, as on a busy machine, is tried by the next VM",
      { ...isDeaf, times: 1 },
      ["clone", "boot", "clone", "clone"],
      /^clone of/u,
    ],
  ])("because the guest of its clone does not take an identity, and %s", async (_what, fault, all, reason) => {
    await haveTemplate();
    await vms.qemu.fail(fault);
    const driver = createQemuDriver({
      home: vms.home,
      runner: vms.qemu.runner,
      clock: systemClock,
      identifyMs: 1_000,
    });
    let last: VmRunning | undefined;
    for (const id of ["first", "second", "third"]) {
      await driver.create(specOf(id), call);
      last = await driver.start(id, call);
    }
    expect(await launches()).toEqual(all);
    expect(last?.start?.reason).toMatch(reason);
  });

  it.each<[string, Fault]>([
    ["it is being made, before its guest is complete", { on: "template", at: "hello", does: "dies", times: 1 }],
    ["it is being made, and saved", { on: "template", at: "query-migrate", does: "dies", times: 1 }],
    ["a clone takes it", { on: "clone", at: "query-migrate", does: "dies", times: 1 }],
    ["a clone takes its identity", { on: "clone", at: "identify", does: "dies", times: 1 }],
    [
      "a clone takes its identity, and somebody has told it to end",
      { on: "clone", at: "identify", does: "ends", times: 1 },
    ],
  ])(
    "because its process has ended while %s is tried by the next VM: that says nothing of it",
    async (_what, fault) => {
      await vms.qemu.fail(fault);
      expect((await begin("auto", "first")).start?.rung).toBe("cold");
      expect((await begin("auto", "second")).start?.rung).toBe("template");
    },
  );

  it.each<[string, Omit<Fault, "does" | "times">]>([
    ["it is being made", { on: "template", at: "query-migrate" }],
    ["a clone takes it", { on: "clone", at: "query-migrate" }],
    ["a clone takes its identity", { on: "clone", at: "identify" }],
  ])("because its process ends each time that %s is not tried by a third VM: so QEMU crashes", async (_what, at) => {
    await vms.qemu.fail({ ...at, does: "dies" });
    for (const id of ["first", "second"]) expect((await begin("auto", id)).start?.rung).toBe("cold");
    const tried = (await launches()).length;
    expect((await begin("auto", "third")).start).toMatchObject({
      rung: "cold",
      reason: expect.stringMatching(/failed at .* not tried again before/u),
    });
    expect(await launches()).toHaveLength(tried + 1);
  });

  it("whose process was killed once, and then again after it was taken, is tried by the next VM", async () => {
    await haveTemplate();
    const killed: Fault = { on: "clone", at: "identify", does: "dies" };
    await vms.qemu.fail(killed);
    await begin("auto", "first");
    await vms.qemu.fail();
    await begin("auto", "second");
    await vms.qemu.fail(killed);
    await begin("auto", "third");
    await vms.qemu.fail();
    expect((await begin("auto", "fourth")).start?.rung).toBe("template");
  });

  it("has no link left in a VM that was to be its clone, and boots: its disk would stay when it goes", async () => {
    await haveTemplate();
    await vms.qemu.fail({ on: "clone", at: "identify", does: "refuses", says: "no engine" });
    expect((await begin("auto", "box")).start?.rung).toBe("cold");
    const left = await readdir(join(vms.home.state.vms, "box"));
    expect(left.filter((name) => ["template.qcow2", "ram", "state"].includes(name))).toEqual([]);
  });

  it("is tried by the next VM where a port could not be opened into a clone that had its identity", async () => {
    await haveTemplate();
    await vms.qemu.fail({ on: "clone", at: "human-monitor-command", does: "refuses", says: "no network" });
    expect((await begin("auto", "first")).start).toMatchObject({
      rung: "cold",
      reason: expect.stringContaining("no network"),
    });
    await vms.qemu.fail();
    expect((await begin("auto", "second")).start?.rung).toBe("template");
  });

  it.each<[string, Pick<Fault, "on" | "at" | "says">]>([
    ["disk while it begins", { on: "template", at: "launch", says: "qemu: No space left on device" }],
    ["memory while it begins", { on: "template", at: "launch", says: "qemu: Cannot allocate memory" }],
    ["disk while it is saved", { on: "template", at: "query-migrate", says: "write failed: No space left on device" }],
    ["memory while it is taken", { on: "clone", at: "query-migrate", says: "mmap: Cannot allocate memory" }],
    ["memory while it begins to be taken", { on: "clone", at: "migrate-incoming", says: "Cannot allocate memory" }],
  ])("for want of %s is tried by the next VM, and not made anew: that passes", async (_what, fault) => {
    if (fault.on === "clone") await haveTemplate();
    await vms.qemu.fail({ ...fault, does: "refuses", times: 1 });
    expect((await begin("auto", "first")).start?.rung).toBe("cold");
    const before = await launches();
    expect(before).toEqual([fault.on, "boot"]);
    expect((await begin("auto", "second")).start?.rung).toBe("template");
  });
});
