import { beforeEach, describe, expect, it } from "@jest/globals";
import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { StackhouseError } from "../../modules/base/errors.ts";
import { silentProgress } from "../../modules/base/progress.ts";
import type { Driver, VmRunning } from "../../modules/hypervisors/driver.ts";
import { createQemuDriver } from "../../modules/hypervisors/qemu/index.ts";
import { systemClock } from "../../modules/system/clock.ts";
import type { ExecResult } from "../../modules/system/exec.ts";
import type { Fault } from "../support/fake-qemu.ts";
import { call, fakeVms, size, specOf } from "../support/fake-vms.ts";

const vms = fakeVms();
const { haveTemplate, begin, templates, launches, hasIdentity } = vms;

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
    const journal = (await vms.qemu.journal()).filter((line) => line.startsWith("clone"));
    expect(journal.indexOf("clone identify")).toBeGreaterThan(journal.indexOf("clone cont"));
    expect(journal.indexOf("clone human-monitor-command")).toBeGreaterThan(journal.indexOf("clone clock"));
  });
});

describe("a VM that begins beside one whose record of ports is damaged", () => {
  it("is a clone all the same, and says so; and a preview tells which ports are free", async () => {
    await haveTemplate();
    await begin("auto", "damaged");
    await writeFile(join(vms.home.state.vms, "damaged", "forwards.json"), "{");
    const said: string[] = [];
    const progress = { ...silentProgress, warn: (text: string) => void said.push(text) };
    await vms.driver.create(specOf("box"), call);
    expect((await vms.driver.start("box", { ...call, progress })).start?.rung).toBe("template");
    expect(said).toEqual([expect.stringMatching(/^a port of the VM damaged may be given away.*forwards\.json/u)]);
    const port = { protocol: "tcp", hostAddress: "127.0.0.1", hostPort: 0 } as const;
    expect(await vms.driver.whoHasPort(port, [], call)).toBeUndefined();
  });
});

describe("a guest on emulated processors", () => {
  const kernelLine = async ({ pid }: VmRunning): Promise<string> => {
    const argv = (await readFile(`/proc/${pid}/cmdline`, "utf8")).split("\0");
    return argv[argv.indexOf("-append") + 1] ?? "";
  };

  it("is told how fast they count, and so is its template: what QEMU says of itself is asked once", async () => {
    await rm(join(vms.home.cache.root, "probes"), { recursive: true });
    expect(await kernelLine(await begin("auto", "first"))).toContain("tsc_early_khz=2500000 ");
    expect(await kernelLine(await begin("auto", "second"))).toContain("tsc_early_khz=2500000 ");
    expect(await launches()).toEqual(["trial", "template", "clone", "clone"]);
    expect(await readdir(join(vms.home.cache.templates, "making"))).toEqual([]);
  });

  it("finds it out by itself where QEMU does not say it, which is told", async () => {
    await rm(join(vms.home.cache.root, "probes"), { recursive: true });
    await vms.qemu.fail({ on: "trial", at: "migrate", does: "refuses", says: "not now" });
    const said: string[] = [];
    await vms.driver.create({ ...specOf("box"), start: "cold" }, call);
    const running = await vms.driver.start("box", {
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
    await vms.qemu.setClockRate(rate);
    expect((await begin("auto")).start).toMatchObject({ rung: "cold", reason: expect.stringMatching(reason) });
    expect(await templates()).toEqual([]);
  });
});

describe("a VM on a QEMU that does not save VMs with their memory", () => {
  const tooOld = { code: "vm.qemu-too-old", hint: expect.stringContaining("QEMU 9.1 and newer clone") };

  it.each(["7.2.22", "8.2.2", "9.0.4"])("of version %s boots, and says why; so does the probe", async (version) => {
    vms.qemu.version = version;
    expect((await begin("auto")).start).toMatchObject({
      rung: "cold",
      reason: `QEMU ${version} does not save VMs with their memory well enough`,
    });
    expect((await vms.driver.probe(call)).beginning).toMatch(
      /^by booting, and are not paused: .* QEMU 9\.1 and newer/u,
    );
    await expect(vms.driver.pause("box", call)).rejects.toMatchObject(tooOld);
    expect(await vms.driver.inspect("box", call)).toMatchObject({ state: "running" });
  });

  it("does not begin where it must be a clone", async () => {
    vms.qemu.version = "9.0.4";
    await expect(begin("warm")).rejects.toMatchObject(tooOld);
  });

  it("is not made on one that has no such machine: it says what to install, and so does the probe", async () => {
    vms.qemu.version = "6.2.0";
    await expect(begin("auto")).rejects.toMatchObject({
      code: "vm.qemu-too-old",
      hint: expect.stringContaining("QEMU 7.2 or newer"),
    });
    expect(await vms.driver.probe(call)).toMatchObject({ available: false, reason: expect.stringContaining("6.2.0") });
  });
});

describe("a VM whose memory QEMU cannot map", () => {
  beforeEach(() => {
    vms.qemu.mappingError = "unable to map backing store for guest RAM";
  });

  it("is a clone nevertheless, which reads its memory, and says why; so does the probe", async () => {
    expect((await begin("auto", "first")).start).toMatchObject({
      rung: "stream",
      reason: expect.stringMatching(/which reads its memory because QEMU cannot map it: unable to map backing store/u),
    });
    expect((await begin("warm", "second")).start?.rung).toBe("stream");
    expect(await launches()).toEqual(["template", "clone", "clone"]);
    expect((await vms.driver.probe(call)).beginning).toContain("cannot map it: unable to map");
  });

  it("is of the template that was prepared for it", async () => {
    await vms.driver.prepare(size, call);
    expect((await begin("warm")).start?.rung).toBe("stream");
    expect(await launches()).toEqual(["template", "clone"]);
  });

  it("boots where that does not work either", async () => {
    await vms.qemu.fail({ on: "clone", at: "query-migrate", does: "refuses", says: "Unknown savevm section" });
    expect((await begin("auto")).start).toMatchObject({
      rung: "cold",
      reason: expect.stringContaining("Unknown savevm section"),
    });
  });

  it("has its own template as soon as it can: that QEMU could not map says nothing of that one", async () => {
    await begin("auto", "first");
    vms.qemu.mappingError = undefined;
    expect((await begin("auto", "second")).start?.rung).toBe("template");
    expect(await templates()).toHaveLength(2);
  });
});

describe("a VM that cannot be cloned, where it cannot be found out whether QEMU can map its memory", () => {
  it.each<[string, () => Promise<ExecResult>]>([
    ["takes too long", () => Promise.reject(new StackhouseError("deadline", "it did not finish within 20 s"))],
    ["finds no room", () => Promise.resolve({ exitCode: 1, stdout: "", stderr: "qemu: No space left on device" })],
    ["finds no memory", () => Promise.resolve({ exitCode: 1, stdout: "", stderr: "qemu: Cannot allocate memory" })],
    ["is killed", () => Promise.resolve({ exitCode: 128, stdout: "", stderr: "" })],
  ])("because the trial, which there is one of, %s, boots, and says why it is no clone", async (_what, trial) => {
    await haveTemplate();
    let trials = 0;
    vms.qemu.mappingTrial = () => {
      trials += 1;
      return trial();
    };
    await vms.qemu.fail({ on: "clone", at: "identify", does: "refuses", says: "no place for it" });
    expect((await begin("auto")).start).toMatchObject({
      rung: "cold",
      reason: expect.stringMatching(/^[^,]*no place for it$/u),
    });
    expect(await launches()).toEqual(["clone", "boot"]);
    expect(trials).toBe(1);
  });
});

describe("a clone that fails, and leaves what cannot be thrown away", () => {
  it("is told of with both reasons", async () => {
    await haveTemplate();
    await vms.qemu.fail({ on: "clone", at: "identify", does: "refuses", says: "no place for it" });
    const discarded = "qemu-img: disk.qcow2: Permission denied";
    // The disk is made at create, at start and for the clone.
    vms.qemu.createErrors.push(undefined, undefined, undefined, discarded);
    await expect(begin("auto")).rejects.toMatchObject({
      code: "vm.disk-failed",
      message: expect.stringMatching(/^box cannot be cloned: .*no place for it; nor can .* the disk cannot be made$/u),
      cause: expect.any(AggregateError),
    });
    expect(await vms.qemu.living(0)).toBe(0);
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
    await vms.qemu.fail({ on: "clone", at: "query-migrate", does: "dies", times: 1 });
    expect((await begin("auto", "first")).start).toMatchObject({
      rung: "cold",
      reason: expect.stringContaining("QEMU is ending"),
    });
    expect((await begin("auto", "second")).start?.rung).toBe("template");
    expect(await launches()).toEqual(["clone", "boot", "clone"]);
  });

  it.each(stages)("at %s: its VM boots instead, with the reason", async (at) => {
    await haveTemplate();
    await vms.qemu.fail({ on: "clone", at, does: "dies" });
    const { start } = await begin("auto");
    expect(start).toMatchObject({ rung: "cold", reason: expect.stringMatching(/./u) });
    expect(await vms.driver.inspect("box", call)).toMatchObject({ state: "running", start: { rung: "cold" } });
    expect(await vms.qemu.living(1)).toBe(1);
  });

  it.each(stages)("at %s: one that must be a clone does not run, and begins anew", async (at) => {
    await haveTemplate();
    await vms.qemu.fail({ on: "clone", at, does: "dies" });
    await expect(begin("warm")).rejects.toThrow();
    expect(await vms.driver.inspect("box", call)).toMatchObject({ state: "stopped" });
    expect(await vms.qemu.living(0)).toBe(0);
    await vms.qemu.fail();
    expect((await vms.driver.start("box", call)).start?.rung).toBe("template");
    expect(await hasIdentity()).toBe(true);
  });
});

describe("a VM whose beginning was killed while the files of its template took the place of its own", () => {
  it("boots from files of one making: its kernel is that of its disk", async () => {
    await vms.driver.create(specOf("box"), call);
    const folder = join(vms.home.state.vms, "box");
    await mkdir(join(folder, "taking-over"));
    // The image was made anew meanwhile, and the template is of that one.
    await rm(join(folder, "kernel"));
    for (const place of ["kernel", "taking-over/initrd", "taking-over/base.qcow2"]) {
      await writeFile(join(folder, place), "of the newer image");
    }
    await vms.qemu.fail({ on: "template", at: "launch", does: "refuses", says: "no template today" });
    expect((await vms.driver.start("box", call)).start?.rung).toBe("cold");
    for (const name of ["kernel", "initrd", "base.qcow2"]) {
      expect(await readFile(join(folder, name), "utf8")).toBe("of the newer image");
    }
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
    await vms.qemu.fail(fault);
    expect((await begin("auto")).start).toMatchObject({ rung: "cold", reason: expect.stringContaining(reason) });
    expect(await launches()).toEqual(["clone", "boot"]);
    expect(await vms.qemu.living(1)).toBe(1);
  });
});

describe("a clone whose guest says nothing to its identity: the message was lost", () => {
  const lost: Fault = { on: "clone", at: "identify", does: "ignores" };
  const impatient = (): Driver =>
    createQemuDriver({ home: vms.home, runner: vms.qemu.runner, clock: systemClock, identifyMs: 1_000 });

  it("is ended, and its VM boots with an identity of its own, and the reason", async () => {
    await haveTemplate();
    await vms.qemu.fail(lost);
    await vms.driver.create(specOf("box"), call);
    expect((await impatient().start("box", call)).start).toMatchObject({
      rung: "cold",
      reason: expect.stringContaining("the guest's porter was silent for 1 s"),
    });
    expect(await launches()).toEqual(["clone", "boot"]);
    expect(await vms.qemu.living(1)).toBe(1);
  });

  it("is ended, and does not run where it must be a clone", async () => {
    await haveTemplate();
    await vms.qemu.fail(lost);
    await vms.driver.create({ ...specOf("box"), start: "warm" }, call);
    await expect(impatient().start("box", call)).rejects.toMatchObject({ code: "deadline" });
    expect(await vms.driver.inspect("box", call)).toMatchObject({ state: "stopped" });
    expect(await vms.qemu.living(0)).toBe(0);
  });
});

describe("a workstation without room", () => {
  const full = "qemu-img: disk.qcow2: No space left on device";

  it("for the disk of a clone, and then there is: the VM boots", async () => {
    await haveTemplate();
    // Of the VM as it is made, as it begins, and of its clone.
    vms.qemu.createErrors.push(undefined, undefined, full);
    expect((await begin("auto")).start).toMatchObject({ rung: "cold", reason: "the disk of this workstation is full" });
  });

  it("for any disk: the VM does not run, and says why", async () => {
    await haveTemplate();
    vms.qemu.createErrors.push(undefined, undefined, full, full, full);
    await expect(begin("auto")).rejects.toMatchObject({ code: "vm.disk-full" });
    expect(await vms.driver.inspect("box", call)).toMatchObject({ state: "stopped" });
  });

  it("in its memory: the VM does not run, and says why", async () => {
    await haveTemplate();
    const says = "qemu: cannot set up guest memory 'ram0': Cannot allocate memory";
    await vms.qemu.fail(
      { on: "clone", at: "launch", does: "refuses", says },
      { on: "boot", at: "launch", does: "refuses", says },
    );
    await expect(begin("auto")).rejects.toMatchObject({
      code: "vm.memory-too-small",
      hint: expect.stringContaining("MiB are free"),
    });
    expect(await vms.driver.inspect("box", call)).toMatchObject({ state: "stopped" });
  });
});
