import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "@jest/globals";
import { cp, mkdir, readdir, readFile, rm, stat, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { StackhouseError } from "../../modules/base/errors.ts";
import { silentProgress } from "../../modules/base/progress.ts";
import { waitUntil, type Attempt } from "../../modules/base/wait.ts";
import type { Driver, DriverCall, VmRunning, VmSpec } from "../../modules/hypervisors/driver.ts";
import { ownerMark } from "../../modules/hypervisors/qemu/argv.ts";
import { createQemuDriver } from "../../modules/hypervisors/qemu/index.ts";
import { openMonitor } from "../../modules/hypervisors/qemu/qmp.ts";
import { failedTemplateKind, templateFiles } from "../../modules/images/index.ts";
import { storeImage } from "../../modules/images/store.ts";
import { listCache, removeEntry } from "../../modules/system/cache.ts";
import { systemClock } from "../../modules/system/clock.ts";
import { systemRunner, type ExecResult } from "../../modules/system/exec.ts";
import { homeFrom, type Home } from "../../modules/system/home.ts";
import { fakeQemu, type FakeQemu, type Fault } from "../support/fake-qemu.ts";
import { testFolder, type TestFolder } from "../support/folder.ts";

/** Where an image and a template are made once, and the processor is measured, to be copied by each test. */
let made: TestFolder;
let place: TestFolder;
let home: Home;
let qemu: FakeQemu;
let driver: Driver;

const call: DriverCall = { signal: AbortSignal.timeout(600_000), progress: silentProgress };
const image = "debian-13-0123456789abcdef";

const homeAt = ({ path }: TestFolder): Home => homeFrom({ STACKHOUSE_HOME: path });
const driverOn = (on: Home): Driver => createQemuDriver({ home: on, runner: qemu.runner, clock: systemClock });

beforeAll(async () => {
  made = await testFolder();
  await storeImage(homeAt(made), image, async (folder) => {
    for (const name of ["kernel", "initrd", "disk.qcow2", "packages"]) await writeFile(join(folder, name), name);
    return { recipe: {}, kernelArguments: [], diskBytes: 1024 ** 3, node: { version: "24", sha256: "0" } };
  });
  qemu = await fakeQemu(join(made.path, "qemu"));
  await driverOn(homeAt(made)).prepare(size, call);
});
afterAll(async () => {
  await made[Symbol.asyncDispose]();
});
beforeEach(async () => {
  place = await testFolder();
  home = homeAt(place);
  qemu = await fakeQemu(join(place.path, "qemu"));
  driver = driverOn(home);
  for (const folder of ["images", "probes"]) {
    await cp(join(homeAt(made).cache.root, folder), join(home.cache.root, folder), { recursive: true });
  }
});
afterEach(async () => {
  for (const id of await driver.list(call)) await driver.destroy(id, call);
  await place[Symbol.asyncDispose]();
});

/** What an earlier VM of the kind has left. */
async function haveTemplate(): Promise<void> {
  await cp(homeAt(made).cache.templates, home.cache.templates, { recursive: true });
}

const size = { cpus: 1, memoryMiB: 512, diskGiB: 2, baseImage: image };

async function begin(start: "auto" | "warm", id = "box", more: Partial<VmSpec> = {}): Promise<VmRunning> {
  await driver.create({ ...specOf(id), start, ...more }, call);
  return await driver.start(id, call);
}

function specOf(id: string): VmSpec {
  return { ...size, id, hostname: id, hostPrivateKey: "key", authorizedKeys: [] };
}

const templates = async (): Promise<readonly string[]> =>
  (await readdir(home.cache.templates)).filter((name) => /^[0-9a-f]{24}$/u.test(name));

/** How each process began, in order. */
const launches = async (): Promise<readonly string[]> =>
  (await qemu.journal()).flatMap((line) => (line.endsWith(" launch") ? [line.replace(" launch", "")] : []));

const hasIdentity = async (): Promise<boolean> => (await qemu.journal()).includes("clone identify");

describe("a VM that begins", () => {
  it("is a clone of a template, which the first one makes", async () => {
    expect((await begin("auto", "first")).start).toMatchObject({ rung: "template" });
    const { start } = await begin("auto", "second");
    expect(start?.rung).toBe("template");
    expect(start?.stages?.map(({ stage }) => stage)).toEqual(["process", "memory", "identity"]);
    expect(start?.stages?.reduce((sum, { tookMs }) => sum + tookMs, 0)).toBe(start?.tookMs);
    expect(await launches()).toEqual(["template", "clone", "clone"]);
  });

  it("has its identity before any port leads to it", async () => {
    await begin("warm");
    const journal = (await qemu.journal()).filter((line) => line.startsWith("clone"));
    expect(journal.indexOf("clone identify")).toBeGreaterThan(journal.indexOf("clone cont"));
    expect(journal.indexOf("clone human-monitor-command")).toBeGreaterThan(journal.indexOf("clone clock"));
  });
});

describe("a guest on emulated processors", () => {
  const kernelLine = async ({ pid }: VmRunning): Promise<string> => {
    const argv = (await readFile(`/proc/${pid}/cmdline`, "utf8")).split("\0");
    return argv[argv.indexOf("-append") + 1] ?? "";
  };

  it("is told how fast they count, and so is its template: what QEMU says of itself is asked once", async () => {
    await rm(join(home.cache.root, "probes"), { recursive: true });
    expect(await kernelLine(await begin("auto", "first"))).toContain("tsc_early_khz=2500000 ");
    expect(await kernelLine(await begin("auto", "second"))).toContain("tsc_early_khz=2500000 ");
    expect(await launches()).toEqual(["trial", "template", "clone", "clone"]);
    expect(await readdir(join(home.cache.templates, "making"))).toEqual([]);
  });

  it("finds it out by itself where QEMU does not say it, which is told", async () => {
    await rm(join(home.cache.root, "probes"), { recursive: true });
    await qemu.fail({ on: "trial", at: "migrate", does: "refuses", says: "not now" });
    const said: string[] = [];
    await driver.create({ ...specOf("box"), start: "cold" }, call);
    const running = await driver.start("box", {
      ...call,
      progress: { ...silentProgress, warn: (text) => void said.push(text) },
    });
    expect(await kernelLine(running)).not.toContain("tsc_early_khz");
    expect(said).toEqual([expect.stringMatching(/how fast their clock runs: QEMU refused migrate: not now/u)]);
  });

  it.each([
    [3.8, /clock runs 3\.\d+ times as fast/u],
    [0.4, /clock runs 0\.\d+ times as fast/u],
  ])("whose clock runs %d times as fast is no template: VMs boot, and say why", async (rate, reason) => {
    await qemu.setClockRate(rate);
    expect((await begin("auto")).start).toMatchObject({ rung: "cold", reason: expect.stringMatching(reason) });
    expect(await templates()).toEqual([]);
  });
});

describe("data disks of a VM that is replaced", () => {
  const dataDisks = [
    { name: "cache", sizeGiB: 1, mountPath: "/srv/cache" },
    { name: "data", sizeGiB: 1, mountPath: "/srv/data", retainOnDelete: true },
  ];
  const file = (name: string): string => join(home.state.vms, "box", `data-${name}.qcow2`);

  it("go with it, but for those that are to outlive it: the next VM of that id has these again, and not as new ones", async () => {
    await haveTemplate();
    await begin("warm", "box", { dataDisks });
    await writeFile(file("data"), "precious");
    await writeFile(file("cache"), "hot");
    const said: string[] = [];
    const progress = { ...silentProgress, info: (text: string) => void said.push(text) };
    await driver.destroy("box", { ...call, progress });
    const kept = join(home.state.root, "data-disks", "box", "data-data.qcow2");
    expect(said).toEqual([`its data disk data is kept: ${kept}`]);
    expect(await readFile(kept, "utf8")).toBe("precious");

    await begin("warm", "box", { dataDisks });
    expect(await readFile(file("data"), "utf8")).toBe("precious");
    expect(await readFile(file("cache"), "utf8")).toBe("disk");
    const identity = await readFile(join(home.state.vms, "box", "identity"), "utf8");
    expect(identity).toContain("data-disk cache 1 /srv/cache new");
    expect(identity).toContain("data-disk data 1 /srv/data used");
  });

  it("are kept where the program has dropped them: nobody has said that their data may go", async () => {
    await haveTemplate();
    await begin("warm", "box", { dataDisks });
    await writeFile(file("cache"), "hot");
    const found = await driver.inspect("box", call);
    if (found.state === "absent") throw new Error("the VM is gone");
    await driver.create({ ...found.spec, dataDisks: [] }, call);
    await driver.destroy("box", call);
    const kept = join(home.state.root, "data-disks", "box");
    expect(await readFile(join(kept, "data-cache.qcow2"), "utf8")).toBe("hot");
  });

  it("are kept where a process has had them, though no guest has said that it uses them: they may hold something", async () => {
    await haveTemplate();
    await qemu.fail({ on: "clone", at: "disks", does: "dies" });
    await expect(begin("warm", "box", { dataDisks })).rejects.toThrow();
    await writeFile(file("data"), "precious");
    await driver.destroy("box", call);
    await qemu.fail();
    await begin("warm", "box", { dataDisks });
    expect(await readFile(file("data"), "utf8")).toBe("precious");
    // A guest still makes a file system where there is none.
    expect(await readFile(join(home.state.vms, "box", "identity"), "utf8")).toContain("data-disk data 1 /srv/data new");
  });

  it("are told apart in what is seen of it: those that would outlive it, and those that it would find again", async () => {
    await haveTemplate();
    await begin("warm", "box", { dataDisks });
    expect(await driver.inspect("box", call)).toMatchObject({ outlivingDisks: ["data"] });
    await driver.destroy("box", call);
    expect(await driver.inspect("box", call)).toEqual({ state: "absent", keptDisks: [{ name: "data", sizeGiB: 0 }] });
    await begin("warm", "box");
    expect(await driver.inspect("box", call)).toMatchObject({ keptDisks: [{ name: "data", sizeGiB: 0 }] });
  });

  it("go where a removal that was cut has left them: what was to outlive the VM is out of it", async () => {
    await haveTemplate();
    await begin("warm", "box", { dataDisks });
    await driver.kill("box", call);
    await rm(join(home.state.vms, "box", "spec.json"));
    await driver.destroy("box", call);
    expect(await readdir(home.state.root)).not.toContain("data-disks");
  });

  it.each(["spec.json", "data-disks.json"])("are all kept where its %s is damaged, and it says so", async (record) => {
    await haveTemplate();
    await begin("warm", "box", { dataDisks });
    await writeFile(join(home.state.vms, "box", record), "{");
    await expect(driver.inspect("box", call)).rejects.toMatchObject({
      code: "vm.damaged",
      message: expect.stringContaining(record),
      hint: expect.stringContaining("stackhouse host rm box"),
    });
    const said: string[] = [];
    await driver.destroy("box", { ...call, progress: { ...silentProgress, warn: (text) => void said.push(text) } });
    expect(said).toEqual([expect.stringMatching(/is damaged.*: all its data disks are kept/u)]);
    expect(await driver.inspect("box", call)).toMatchObject({
      state: "absent",
      keptDisks: [{ name: "cache" }, { name: "data" }],
    });
    expect(await qemu.living(0)).toBe(0);
  });

  /** Of a VM with such disks, as it is destroyed. */
  const destroyTelling = async (): Promise<readonly string[]> => {
    const warned: string[] = [];
    await driver.destroy("box", { ...call, progress: { ...silentProgress, warn: (text) => void warned.push(text) } });
    return warned;
  };
  const commands = async (): Promise<readonly string[]> =>
    (await qemu.journal()).flatMap((line) => /^clone (cont|system_powerdown)$/u.exec(line)?.[1] ?? []);
  const halt = async (): Promise<void> => {
    await using monitor = await openMonitor(join(home.state.vms, "box"), call.signal);
    await monitor.execute("stop");
  };

  it.each<[string, () => Promise<void>]>([
    ["is suspended", () => driver.suspend("box", call)],
    ["is halted, as by a full disk", halt],
  ])("have all that its guest has written when it %s: it goes on, and shuts down", async (_what, standStill) => {
    await haveTemplate();
    await begin("warm", "box", { dataDisks });
    await standStill();
    await qemu.fail();
    expect(await destroyTelling()).toEqual([]);
    expect(await commands()).toEqual(["cont", "system_powerdown"]);
    expect(await driver.inspect("box", call)).toMatchObject({ state: "absent", keptDisks: [{ name: "data" }] });
  });

  it("are kept as after a power cut where a suspended VM does not go on, and it says so", async () => {
    await haveTemplate();
    await begin("warm", "box", { dataDisks });
    await driver.suspend("box", call);
    await qemu.fail({ on: "clone", at: "migrate-incoming", does: "refuses", says: "bad state" });
    expect(await destroyTelling()).toEqual([
      expect.stringMatching(/what it had not written is lost: .* kept as after a power cut \(data\): .*bad state/u),
    ]);
    expect(await driver.inspect("box", call)).toMatchObject({ state: "absent", keptDisks: [{ name: "data" }] });
    expect(await qemu.living(0)).toBe(0);
  });

  it("that no guest has ever had are not kept", async () => {
    const spec = { ...size, id: "box", hostname: "box", hostPrivateKey: "key", authorizedKeys: [], dataDisks };
    await driver.create(spec, call);
    await driver.destroy("box", call);
    expect(await readdir(home.state.root)).not.toContain("data-disks");
  });
});

describe("a VM whose process a signal has stopped", () => {
  /** The signal takes effect a moment later. */
  const halt = async (pid: number): Promise<void> => {
    process.kill(pid, "SIGSTOP");
    const look = async (): Promise<Attempt<undefined>> =>
      / T /u.test(await readFile(`/proc/${pid}/stat`, "utf8"))
        ? { done: true, value: undefined }
        : { done: false, reason: "it runs" };
    await waitUntil(look, { ...call, clock: systemClock, what: "it to be halted", deadlineMs: 10_000, intervalMs: 5 });
  };

  it("is halted, with the reason, and its start lets it go on", async () => {
    await haveTemplate();
    const { pid } = await begin("warm");
    await halt(pid);
    expect(await driver.inspect("box", call)).toMatchObject({
      state: "paused",
      reason: "a signal has stopped its process",
    });
    expect((await driver.start("box", call)).pid).toBe(pid);
    expect(await driver.inspect("box", call)).toMatchObject({ state: "running" });
  });

  it.each<[string, () => Promise<void>, string]>([
    ["is suspended", () => driver.suspend("box", call), "suspended"],
    ["hears its power button", () => driver.stop("box", 60_000, call), "stopped"],
  ])("%s nevertheless", async (_what, act, state) => {
    await haveTemplate();
    const { pid } = await begin("warm");
    process.kill(pid, "SIGSTOP");
    await act();
    expect(await driver.inspect("box", call)).toMatchObject({ state });
  });
});

describe("a VM that is suspended", () => {
  it("keeps no memory of a suspending that was cut, when it is started", async () => {
    await haveTemplate();
    await begin("warm");
    const memory = join(home.state.vms, "box", "memory");
    await writeFile(memory, "half of it");
    await driver.start("box", call);
    expect(await readdir(join(home.state.vms, "box"))).not.toContain("memory");
  });

  const running = async (): Promise<void> => {
    await haveTemplate();
    await begin("warm");
  };

  it.each(["query-status", "migrate-set-capabilities", "migrate", "query-migrate"])(
    "and whose process is killed at %s is not suspended, and starts again",
    async (at) => {
      await running();
      await qemu.fail({ on: "clone", at, does: "dies" });
      await driver.suspend("box", call).catch(() => undefined);
      await qemu.fail();
      await driver.start("box", call);
      expect(await driver.inspect("box", call)).toMatchObject({ state: "running" });
      expect(await qemu.living(1)).toBe(1);
    },
  );

  it.each(["launch", "qmp_capabilities", "migrate-incoming", "query-migrate"])(
    "and whose process is killed at %s when it goes on stays suspended, and goes on at the next start",
    async (at) => {
      await running();
      await driver.suspend("box", call);
      await qemu.fail({ on: "clone", at, does: "dies" });
      await expect(driver.start("box", call)).rejects.toThrow();
      expect(await driver.inspect("box", call)).toMatchObject({ state: "suspended" });
      expect(await qemu.living(0)).toBe(0);
      await qemu.fail();
      expect((await driver.start("box", call)).start?.rung).toBe("resumed");
    },
  );

  it.each(["cont", "hello", "clock"])(
    "and whose process is killed at %s, when it has gone on, boots at the next start",
    async (at) => {
      await running();
      await driver.suspend("box", call);
      await qemu.fail({ on: "clone", at, does: "dies" });
      await driver.start("box", call).catch(() => undefined);
      expect(await driver.inspect("box", call)).toMatchObject({ state: "stopped", lastExit: { how: "process-ended" } });
      await qemu.fail();
      expect((await driver.start("box", call)).start?.rung).toBe("cold");
    },
  );
});

it("a VM with data disks whose template knows none, because it is of an older image, boots, and says why", async () => {
  await haveTemplate();
  await qemu.fail({ on: "clone", at: "disks", does: "ignores" });
  const dataDisks = [{ name: "data", sizeGiB: 1, mountPath: "/srv/data" }];
  expect((await begin("auto", "box", { dataDisks })).start).toMatchObject({
    rung: "cold",
    reason: expect.stringContaining("is of an image that knows no data disks"),
  });
});

describe("data disks of a VM that runs", () => {
  const dataDisks = [{ name: "data", sizeGiB: 1, mountPath: "/srv/data" }];
  const askedFor = async (what: string): Promise<number> =>
    (await qemu.journal()).filter((line) => line === `clone ${what}`).length;

  it("that its guest was not told of, because that was cut, are told when it has been suspended and goes on", async () => {
    await haveTemplate();
    await begin("warm");
    const found = await driver.inspect("box", call);
    if (found.state === "absent") throw new Error("the VM is gone");
    await driver.create({ ...found.spec, dataDisks }, call);
    await qemu.fail({ on: "clone", at: "disks", does: "hangs up", times: 1 });
    await expect(driver.resize("box", call)).rejects.toMatchObject({ code: "vm.unreachable" });
    await driver.suspend("box", call);
    expect((await driver.start("box", call)).start?.rung).toBe("resumed");
    expect(await askedFor("disks")).toBe(2);

    await driver.suspend("box", call);
    await driver.start("box", call);
    expect(await askedFor("disks")).toBe(2);
    expect(await askedFor("device_add")).toBe(1);
  });
});

describe("a VM whose memory QEMU cannot map", () => {
  beforeEach(() => {
    qemu.mappingError = "unable to map backing store for guest RAM";
  });

  it("is a clone nevertheless, which reads its memory, and says why; so does the probe", async () => {
    expect((await begin("auto", "first")).start).toMatchObject({
      rung: "stream",
      reason: expect.stringMatching(/which reads its memory because QEMU cannot map it: unable to map backing store/u),
    });
    expect((await begin("warm", "second")).start?.rung).toBe("stream");
    expect(await launches()).toEqual(["template", "clone", "clone"]);
    expect((await driver.probe(call)).beginning).toContain("cannot map it: unable to map");
  });

  it("is of the template that was prepared for it", async () => {
    await driver.prepare(size, call);
    expect((await begin("warm")).start?.rung).toBe("stream");
    expect(await launches()).toEqual(["template", "clone"]);
  });

  it("boots where that does not work either", async () => {
    await qemu.fail({ on: "clone", at: "query-migrate", does: "refuses", says: "Unknown savevm section" });
    expect((await begin("auto")).start).toMatchObject({
      rung: "cold",
      reason: expect.stringContaining("Unknown savevm section"),
    });
  });

  it("has its own template as soon as it can", async () => {
    await begin("warm", "first");
    qemu.mappingError = undefined;
    expect((await begin("warm", "second")).start?.rung).toBe("template");
    expect(await templates()).toHaveLength(2);
  });
});

describe("a VM that cannot be cloned, where it cannot be found out whether QEMU can map its memory", () => {
  it.each<[string, () => Promise<ExecResult>]>([
    ["takes too long", () => Promise.reject(new StackhouseError("deadline", "it did not finish within 20 s"))],
    ["finds no room", () => Promise.resolve({ exitCode: 1, stdout: "", stderr: "qemu: No space left on device" })],
    ["finds no memory", () => Promise.resolve({ exitCode: 1, stdout: "", stderr: "qemu: Cannot allocate memory" })],
    ["is killed", () => Promise.resolve({ exitCode: 128, stdout: "", stderr: "" })],
  ])("because the trial %s, boots, and says why it is no clone", async (_what, trial) => {
    await haveTemplate();
    qemu.mappingTrial = trial;
    await qemu.fail({ on: "clone", at: "identify", does: "refuses", says: "no place for it" });
    expect((await begin("auto")).start).toMatchObject({
      rung: "cold",
      reason: expect.stringMatching(/^[^,]*no place for it$/u),
    });
    expect(await launches()).toEqual(["clone", "boot"]);
  });
});

describe("a clone that fails, and leaves what cannot be thrown away", () => {
  it("is told of with both reasons", async () => {
    await haveTemplate();
    await qemu.fail({ on: "clone", at: "identify", does: "refuses", says: "no place for it" });
    const discarded = "qemu-img: disk.qcow2: Permission denied";
    // The disk is made at create, at start and for the clone.
    qemu.createErrors.push(undefined, undefined, undefined, discarded);
    await expect(begin("auto")).rejects.toMatchObject({
      code: "vm.disk-failed",
      message: expect.stringMatching(/^box cannot be cloned: .*no place for it; nor can .* the disk cannot be made$/u),
      cause: expect.any(AggregateError),
    });
    expect(await qemu.living(0)).toBe(0);
  });
});

const stages = [
  "launch",
  "qmp_capabilities",
  "migrate-set-capabilities",
  "migrate-incoming",
  "query-migrate",
  "qom-list",
  "cont",
  "identify",
  "clock",
  "human-monitor-command",
];

describe("a clone whose process is killed", () => {
  it("while it loads its template says nothing of that: it is not made anew", async () => {
    await haveTemplate();
    await qemu.fail({ on: "clone", at: "query-migrate", does: "dies", times: 1 });
    expect((await begin("auto", "first")).start).toMatchObject({
      rung: "cold",
      reason: expect.stringContaining("QEMU is ending"),
    });
    expect((await begin("auto", "second")).start?.rung).toBe("template");
    expect(await launches()).toEqual(["clone", "boot", "clone"]);
  });

  it.each(stages)("at %s: its VM boots instead, with the reason", async (at) => {
    await haveTemplate();
    await qemu.fail({ on: "clone", at, does: "dies" });
    const { start } = await begin("auto");
    expect(start).toMatchObject({ rung: "cold", reason: expect.stringMatching(/./u) });
    expect(await driver.inspect("box", call)).toMatchObject({ state: "running", start: { rung: "cold" } });
    expect(await qemu.living(1)).toBe(1);
  });

  it.each(stages)("at %s: one that must be a clone does not run, and begins anew", async (at) => {
    await haveTemplate();
    await qemu.fail({ on: "clone", at, does: "dies" });
    await expect(begin("warm")).rejects.toThrow();
    expect(await driver.inspect("box", call)).toMatchObject({ state: "stopped" });
    expect(await qemu.living(0)).toBe(0);
    await qemu.fail();
    expect((await driver.start("box", call)).start?.rung).toBe("template");
    expect(await hasIdentity()).toBe(true);
  });
});

describe("a clone that does not get its identity", () => {
  it.each<[string, Fault, string]>([
    [
      "because the guest cannot take it on",
      { on: "clone", at: "identify", does: "refuses", says: "no disk" },
      "no disk",
    ],
    ["because the guest leaves in the middle", { on: "clone", at: "identify", does: "hangs up" }, "the VM ended"],
  ])("%s is ended: nobody is left, and the VM boots", async (_what, fault, reason) => {
    await haveTemplate();
    await qemu.fail(fault);
    expect((await begin("auto")).start).toMatchObject({ rung: "cold", reason: expect.stringContaining(reason) });
    expect(await launches()).toEqual(["clone", "boot"]);
    expect(await qemu.living(1)).toBe(1);
  });
});

describe("a trial of QEMU whose run was killed", () => {
  it("is ended when the next template is made, and nothing is left of it", async () => {
    const folder = join(home.cache.templates, "making", "trial-0123");
    await mkdir(folder, { recursive: true });
    const args = ["-name", `stackhouse-trial-${ownerMark(folder)}`, "-machine", "none"];
    await qemu.runner.exec("qemu-system-x86_64", args, { cwd: folder });
    expect(await qemu.living(1)).toBe(1);
    await driver.prepare(size, call);
    expect(await qemu.living(0)).toBe(0);
    expect(await readdir(join(home.cache.templates, "making"))).toEqual([]);
  });
});

describe("a clone whose guest says nothing to its identity: the message was lost", () => {
  const lost: Fault = { on: "clone", at: "identify", does: "ignores" };
  const impatient = (): Driver =>
    createQemuDriver({ home, runner: qemu.runner, clock: systemClock, identifyMs: 1_000 });

  it("is ended, and its VM boots with an identity of its own, and the reason", async () => {
    await haveTemplate();
    await qemu.fail(lost);
    await driver.create(specOf("box"), call);
    expect((await impatient().start("box", call)).start).toMatchObject({
      rung: "cold",
      reason: expect.stringContaining("the guest's porter was silent for 1 s"),
    });
    expect(await launches()).toEqual(["clone", "boot"]);
    expect(await qemu.living(1)).toBe(1);
  });

  it("is ended, and does not run where it must be a clone", async () => {
    await haveTemplate();
    await qemu.fail(lost);
    await driver.create({ ...specOf("box"), start: "warm" }, call);
    await expect(impatient().start("box", call)).rejects.toMatchObject({ code: "deadline" });
    expect(await driver.inspect("box", call)).toMatchObject({ state: "stopped" });
    expect(await qemu.living(0)).toBe(0);
  });
});

describe("two programs that need the same template at once", () => {
  it("make it once, and each has a clone of it", async () => {
    const program = fileURLToPath(new URL("../support/begin-vm.ts", import.meta.url));
    const env = { STACKHOUSE_HOME: place.path, NODE_NO_WARNINGS: "1" };
    const runs = ["one", "two"].map((id) =>
      systemRunner.exec(process.execPath, [program, join(place.path, "qemu"), JSON.stringify(specOf(id))], { env }),
    );
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
    await qemu.fail({ ...fault, times: 1 });
    expect((await begin("warm")).start?.rung).toBe("template");
    expect(await launches()).toEqual(["clone", "template", "clone"]);
  });

  it("that is not taken when it is new either: the VM boots, and the reason says what QEMU said", async () => {
    await haveTemplate();
    await qemu.fail(refused);
    expect((await begin("auto")).start).toMatchObject({
      rung: "cold",
      reason: expect.stringContaining("Unknown ramblock"),
    });
    expect(await launches()).toEqual(["clone", "template", "clone", "boot"]);
  });

  it("of another version of QEMU is not touched: there is a second one", async () => {
    await begin("warm", "old");
    const [old = ""] = await templates();
    const before = await stat(join(home.cache.templates, old, "state"));
    qemu.version = "10.0.3";
    await begin("warm", "new");
    expect(await templates()).toHaveLength(2);
    expect((await stat(join(home.cache.templates, old, "state"))).mtimeMs).toBe(before.mtimeMs);
    expect(await launches()).toEqual(["template", "clone", "template", "clone"]);
  });

  it.each<[string, (file: string) => Promise<void>]>(
    templateFiles("mapped").flatMap((name): [string, (folder: string) => Promise<void>][] => [
      [`whose ${name} was cut off`, (folder) => truncate(join(folder, name), 1)],
      [`whose ${name} is gone`, (folder) => rm(join(folder, name))],
    ]),
  )("%s is made anew, and its clone can boot later", async (_what, damage) => {
    await haveTemplate();
    const [key = ""] = await templates();
    await damage(join(home.cache.templates, key));
    expect((await begin("auto")).start?.rung).toBe("template");
    expect(await launches()).toEqual(["template", "clone"]);
    await driver.kill("box", call);
    expect((await driver.start("box", call)).start?.rung).toBe("cold");
  });

  it.each<[string, Fault]>([
    ["does not start", { on: "template", at: "launch", does: "refuses", says: "no such machine" }],
    ["dies while it boots", { on: "template", at: "hello", does: "dies" }],
    ["has no container engine", { on: "template", at: "hello", does: "refuses", says: "no engine" }],
    ["cannot be saved", { on: "template", at: "migrate", does: "refuses", says: "a device does not migrate" }],
    ["dies while it is saved", { on: "template", at: "query-migrate", does: "dies" }],
  ])("that cannot be made, because its VM %s: VMs boot, and nothing is left of it", async (_what, fault) => {
    await qemu.fail(fault);
    const { start } = await begin("auto");
    expect(start).toMatchObject({ rung: "cold", reason: expect.stringMatching(/./u) });
    expect(await launches()).toEqual(["template", "boot"]);
    expect(await readdir(join(home.cache.templates, "making"))).toEqual([]);
    expect(await templates()).toEqual([]);
    await expect(begin("warm", "clone")).rejects.toThrow();
    expect(await driver.inspect("clone", call)).toMatchObject({ state: "stopped" });
  });
});

describe("a template that failed", () => {
  const soon = (minutes: number): Driver =>
    createQemuDriver({
      home,
      runner: qemu.runner,
      clock: { ...systemClock, now: () => Date.now() + minutes * 60_000 },
    });
  const beginSoon = async (minutes: number, id: string): Promise<VmRunning> => {
    await driver.create(specOf(id), call);
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
      await qemu.fail(fault);
      await begin("auto", "first");
      expect((await begin("auto", "second")).start).toMatchObject({
        rung: "cold",
        reason: expect.stringMatching(new RegExp(`failed at .* not tried again before .*${says}`, "u")),
      });
      expect(await launches()).toEqual(all);
    },
  );

  it("is tried again an hour later", async () => {
    await qemu.fail(cannotBeMade);
    await begin("auto", "first");
    await qemu.fail();
    expect((await beginSoon(59, "second")).start?.rung).toBe("cold");
    expect((await beginSoon(61, "third")).start?.rung).toBe("template");
  });

  it("is tried at once for a VM that must be a clone, and good for all when that works", async () => {
    await qemu.fail(cannotBeMade);
    await begin("auto", "first");
    await qemu.fail();
    expect((await begin("warm", "second")).start?.rung).toBe("template");
    expect((await begin("auto", "third")).start?.rung).toBe("template");
  });

  it("is an entry of the cache, and tried again when that is removed", async () => {
    await qemu.fail(cannotBeMade);
    await begin("auto", "first");
    await qemu.fail();
    const [entry] = await listCache([failedTemplateKind(home)]);
    if (entry === undefined) throw new Error("there is no such entry");
    await removeEntry(entry, { ...call, clock: systemClock });
    expect((await begin("auto", "second")).start?.rung).toBe("template");
  });

  it.each([
    ["disk", "qemu: No space left on device"],
    ["memory", "qemu: Cannot allocate memory"],
  ])("for want of %s is tried by the next VM: that passes", async (_what, says) => {
    await qemu.fail({ on: "template", at: "launch", does: "refuses", says, times: 1 });
    expect((await begin("auto", "first")).start?.rung).toBe("cold");
    expect((await begin("auto", "second")).start?.rung).toBe("template");
  });
});

describe("a workstation without room", () => {
  const full = "qemu-img: disk.qcow2: No space left on device";

  it("for the disk of a clone, and then there is: the VM boots", async () => {
    await haveTemplate();
    // Of the VM as it is made, as it begins, and of its clone.
    qemu.createErrors.push(undefined, undefined, full);
    expect((await begin("auto")).start).toMatchObject({ rung: "cold", reason: "the disk of this workstation is full" });
  });

  it("for any disk: the VM does not run, and says why", async () => {
    await haveTemplate();
    qemu.createErrors.push(undefined, undefined, full, full, full);
    await expect(begin("auto")).rejects.toMatchObject({ code: "vm.disk-full" });
    expect(await driver.inspect("box", call)).toMatchObject({ state: "stopped" });
  });

  it("in its memory: the VM does not run, and says why", async () => {
    await haveTemplate();
    const says = "qemu: cannot set up guest memory 'ram0': Cannot allocate memory";
    await qemu.fail(
      { on: "clone", at: "launch", does: "refuses", says },
      { on: "boot", at: "launch", does: "refuses", says },
    );
    await expect(begin("auto")).rejects.toMatchObject({
      code: "vm.memory-too-small",
      hint: expect.stringContaining("MiB are free"),
    });
    expect(await driver.inspect("box", call)).toMatchObject({ state: "stopped" });
  });
});
