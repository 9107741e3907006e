import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "@jest/globals";
import { execFile } from "node:child_process";
import { chmod, cp, mkdir, open, rename, rm, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { promisify } from "node:util";
import type { Driver, StartMode, VmRunning } from "../../modules/hypervisors/driver.ts";
import { systemRunner, type Runner } from "../../modules/system/exec.ts";
import type { Home } from "../../modules/system/home.ts";
import { leaveOut, notRun } from "../support/not-run.ts";
import { copyTemplate, placeOf, templateOf, withOwnTemplates } from "../support/vm-template.ts";
import { tapVms, type Fate, type VmTap } from "../support/vm-tap.ts";
import {
  bootDeadlineMs,
  connectionTo,
  driverCall,
  driverFor,
  inGuest,
  makeTestHome,
  processExists,
  testVmSpec,
  whyNoVms,
} from "../support/vm.ts";
import type { TestHome, TestVmSpec } from "../support/vm.ts";

// What test/unit/vm-ladder.test.ts and vm-template-faults.test.ts tell of a QEMU that keeps up appearances, told of the real one.

const why = await whyNoVms();
if (why !== undefined) notRun("a clone whose beginning fails", why);
else describe("a clone whose beginning fails", faults);

function faults(): void {
  let place: TestHome;
  let home: Home;
  let vm: TestVmSpec;
  /** Of the VM's kind: as it is in the machine's cache, and in that of a test. */
  let template: string;
  let kept: string;

  beforeAll(async () => {
    place = await makeTestHome();
    vm = await testVmSpec(place.home, { start: "warm" });
    // The machine's template, and a cache for those that are damaged, and for what is noted of them.
    template = templateOf(await begin(driverFor(place.home), "warm"), place.home);
    await driverFor(place.home).destroy("test", driverCall());
    home = withOwnTemplates(place.home);
    kept = placeOf(template, home);
  }, 30 * 60_000);
  beforeEach(() => copyTemplate(template, kept));
  afterEach(async () => {
    await driverFor(home).destroy("test", driverCall());
    await rm(home.cache.templates, { recursive: true });
  });
  afterAll(async () => {
    await place[Symbol.asyncDispose]();
  });

  const begin = async (driver: Driver, start: StartMode): Promise<VmRunning> => {
    await driver.create({ ...vm.spec, start }, driverCall());
    return await driver.start("test", driverCall());
  };
  /** Nobody is left of the one that failed, and the next one has its identity. */
  const beginsAnew = async ({ pids }: VmTap): Promise<void> => {
    expect(pids).toHaveLength(1);
    for (const pid of pids) expect(await processExists(pid)).toBe(false);
    const driver = driverFor(home);
    expect(await driver.inspect("test", driverCall())).toMatchObject({ state: "stopped" });
    expect((await driver.start("test", driverCall())).start?.rung).toBe("template");
  };

  it.each([
    /"qmp_capabilities"/u,
    /"migrate-incoming"/u,
    /"query-migrate"/u,
    /"cont"/u,
    /^stackhouse-identity /u,
    /^end$/u,
    /^clock /u,
    /"human-monitor-command"/u,
  ])("because its process is killed at %s does not run, and begins anew", async (at) => {
    await using tap = tapVms((line) => (at.test(line) ? "killed" : "said"));
    await expect(begin(driverFor(home, tap.runner), "warm")).rejects.toThrow();
    await beginsAnew(tap);
  });

  it("because its process is killed boots where it may, with the reason", async () => {
    await using tap = tapVms((line) => (line.includes('"cont"') ? "killed" : "said"));
    const { start } = await begin(driverFor(home, tap.runner), "auto");
    expect(start).toMatchObject({ rung: "cold", reason: "the VM's monitor closed: QEMU is ending" });
  });

  it.each<[Fate, RegExp, string]>([
    ["lost", /^stackhouse-identity /u, "the guest's porter was silent for 3 s"],
    ["lost", /^end$/u, "the guest's porter was silent for 3 s"],
    ["cut", /^machine-id /u, "the VM ended"],
  ])(
    "because its identity is %s at %s does not run, and begins anew with all of it",
    async (fate, at, reason) => {
      await using tap = tapVms((line) => (at.test(line) ? fate : "said"));
      const driver = driverFor(home, tap.runner, { identifyMs: 3_000 });
      await expect(begin(driver, "warm")).rejects.toMatchObject({ message: expect.stringContaining(reason) });
      await beginsAnew(tap);
      await inGuest(await connectionTo(driver, vm), async (run) => {
        expect(await run("hostname")).toBe("test");
      });
    },
    bootDeadlineMs,
  );

  it("for want of memory does not run, and says so", async () => {
    // Enough for QEMU, and not for its guest.
    const poor: Runner = {
      exec: (program, args, options) =>
        program === "qemu-system-x86_64"
          ? systemRunner.exec("prlimit", [`--as=${900 * 1024 ** 2}`, program, ...args], options)
          : systemRunner.exec(program, args, options),
    };
    await expect(begin(driverFor(home, poor), "auto")).rejects.toMatchObject({
      code: "vm.memory-too-small",
      hint: expect.stringContaining("MiB are free"),
    });
    expect(await driverFor(home).inspect("test", driverCall())).toMatchObject({ state: "stopped" });
  });

  if (process.getuid?.() !== 0) leaveOut("a clone for which there is no room", "only root may mount a small disk");
  else {
    it("for want of room does not run, says so, and leaves room for one that boots", async () => {
      const folder = join(home.state.vms, "test");
      await driverFor(home).create(vm.spec, driverCall());
      await using _disk = await onSmallDisk(folder);
      const driver = driverFor(home);
      await using _vm = { [Symbol.asyncDispose]: () => driver.kill("test", driverCall()) };
      await expect(driver.start("test", driverCall())).rejects.toMatchObject({ code: "vm.disk-full" });
      expect(await driver.inspect("test", driverCall())).toMatchObject({ state: "stopped" });
      await driver.create({ ...vm.spec, start: "auto" }, driverCall());
      expect((await driver.start("test", driverCall())).start).toMatchObject({
        rung: "cold",
        reason: "the disk of this workstation is full",
      });
    });
  }

  it(
    "because a bit of its template's memory has flipped is of one that is made anew: once, also when two programs need it",
    async () => {
      const ram = join(kept, "ram");
      await rm(ram);
      await exec("cp", ["--sparse=always", join(template, "ram"), ram]);
      // As a copy it is read-only, too.
      await chmod(ram, 0o600);
      await flipBit(ram, 600 * 1024 ** 2);
      const damaged = await stat(ram);
      const driver = driverFor(home);
      const ids = ["one", "two"];
      for (const id of ids) await driver.create({ ...vm.spec, id, hostname: id }, driverCall());
      const booted: string[] = [];
      const runner: Runner = {
        exec(program, args, options = {}) {
          const { cwd = "" } = options;
          if (args.includes("-kernel") && dirname(cwd) === join(home.cache.templates, "making")) booted.push(cwd);
          return systemRunner.exec(program, args, options);
        },
      };
      const both = await Promise.all(ids.map((id) => driverFor(home, runner).start(id, driverCall())));
      expect(booted.map((folder) => basename(folder))).toEqual([basename(template)]);
      expect((await stat(ram)).ino).not.toBe(damaged.ino);
      expect(new Set(both.map((running) => templateOf(running, home)))).toEqual(new Set([kept]));
      for (const id of ids) await driver.destroy(id, driverCall());
    },
    2 * bootDeadlineMs,
  );

  it.each<[string, (state: Buffer) => Buffer]>([
    ["is empty", () => Buffer.alloc(0)],
    ["ends in the middle", (state) => state.subarray(0, state.length / 2)],
    ["is of another machine", (state) => inLatin1(state, (text) => text.replace("i440fx-7.2", "i440fx-7.1"))],
    ["is something else", (state) => inLatin1(state, (text) => text.toLowerCase())],
  ])(
    "because QEMU does not take the state of its template, which %s, is of one that was made anew",
    async (_, damage) => {
      const whole = join(place.home.root, "whole");
      await rename(kept, whole);
      await copyTemplate(template, kept, damage);
      let isAnew = false;
      const runner: Runner = {
        async exec(program, args, options) {
          // By another program, meanwhile: it is not what is told here, and takes half a minute.
          if (args.includes("-incoming") && !isAnew) {
            isAnew = true;
            await rm(kept, { recursive: true });
            await rename(whole, kept);
          }
          return await systemRunner.exec(program, args, options);
        },
      };
      const warnings: string[] = [];
      const call = driverCall();
      const progress = { ...call.progress, warn: (text: string) => void warnings.push(text) };
      const driver = driverFor(home, runner);
      await driver.create(vm.spec, call);
      expect((await driver.start("test", { ...call, progress })).start?.rung).toBe("template");
      expect(warnings).toEqual([expect.stringContaining("QEMU does not take the saved state")]);
    },
  );
}

function inLatin1(bytes: Buffer, change: (text: string) => string): Buffer {
  return Buffer.from(change(bytes.toString("latin1")), "latin1");
}

async function flipBit(path: string, at: number): Promise<void> {
  await using file = await open(path, "r+");
  const byte = Buffer.alloc(1);
  await file.read(byte, 0, 1, at);
  await file.write(Buffer.from([(byte[0] ?? 0) ^ 1]), 0, 1, at);
}

const exec = promisify(execFile);

/** Moves a folder to a file system of its own with room for the VM in it, and not for the memory of a template besides. */
async function onSmallDisk(folder: string): Promise<AsyncDisposable> {
  const aside = `${folder}.aside`;
  await rename(folder, aside);
  await mkdir(folder);
  await exec("mount", ["-t", "tmpfs", "-o", "size=1600m", "tmpfs", folder]);
  await cp(aside, folder, { recursive: true });
  await rm(aside, { recursive: true });
  return {
    async [Symbol.asyncDispose]() {
      await exec("umount", ["--lazy", folder]);
    },
  };
}
