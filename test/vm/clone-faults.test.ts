import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "@jest/globals";
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { cp, link, mkdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { promisify } from "node:util";
import type { Driver, StartMode, VmRunning } from "../../modules/hypervisors/driver.ts";
import { templateFiles } from "../../modules/images/index.ts";
import { noteVerified, stampsOf } from "../../modules/images/verified.ts";
import { systemRunner, type Runner } from "../../modules/system/exec.ts";
import type { Home } from "../../modules/system/home.ts";
import { leaveOut, notRun } from "../support/not-run.ts";
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
    const { start } = await begin(driverFor(place.home), "warm");
    await driverFor(place.home).destroy("test", driverCall());
    const key = /^clone of (\w+)$/u.exec(start?.reason ?? "")?.[1] ?? "";
    template = join(place.home.cache.templates, key);
    home = { ...place.home, cache: { ...place.home.cache, templates: join(place.home.root, "templates") } };
    kept = join(home.cache.templates, key);
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
      await expect(driver.start("test", driverCall())).rejects.toMatchObject({ code: "vm.disk-full" });
      expect(await driver.inspect("test", driverCall())).toMatchObject({ state: "stopped" });
      await driver.create({ ...vm.spec, start: "auto" }, driverCall());
      expect((await driver.start("test", driverCall())).start).toMatchObject({
        rung: "cold",
        reason: "the disk of this workstation is full",
      });
      await driver.kill("test", driverCall());
    });
  }

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

const manifestFile = "manifest.json";

/** A template with another state that counts as whole: what happened to it happened before anybody described it. */
async function copyTemplate(
  from: string,
  to: string,
  change: (state: Buffer) => Buffer = (state) => state,
): Promise<void> {
  const names = templateFiles("mapped");
  await mkdir(to, { recursive: true });
  for (const name of names) if (name !== "state") await link(join(from, name), join(to, name));
  const state = change(await readFile(join(from, "state")));
  await writeFile(join(to, "state"), state, { mode: 0o400 });
  const { size, mtimeMs } = await stat(join(to, "state"));
  const sha256 = createHash("sha256").update(state).digest("hex");
  const manifest = JSON.parse(await readFile(join(from, manifestFile), "utf8")) as { files: Record<string, unknown> };
  const files = { ...manifest.files, state: { sha256, size, mtimeMs } };
  await writeFile(join(to, manifestFile), JSON.stringify({ ...manifest, files }));
  await noteVerified(to, await stampsOf(to, names));
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
