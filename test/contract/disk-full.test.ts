import { describe, expect, it } from "@jest/globals";
import { execFile } from "node:child_process";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { ensureBaseImage } from "../../modules/images/index.ts";
import { systemClock } from "../../modules/system/clock.ts";
import { systemRunner, type Runner } from "../../modules/system/exec.ts";
import { homeFrom, type Home } from "../../modules/system/home.ts";
import { notRun } from "../support/not-run.ts";
import { driverCall, driverFor, makeTestHome, testVmSpec, whyNoVms } from "../support/vm.ts";

const exec = promisify(execFile);

const why = process.getuid?.() === 0 ? await whyNoVms() : "only root may mount a small disk";
if (why !== undefined) notRun("a workstation whose disk is full", why);
else describe("a workstation whose disk is full", fullDisk);

function fullDisk(): void {
  it("gets no VM, an error that says how much is free, and no half of one", async () => {
    await using disk = await smallDisk();
    await using other = await makeTestHome();
    const { spec } = await testVmSpec(other.home);
    const home: Home = { ...disk.home, cache: other.home.cache };
    await expect(driverFor(home).create(spec, driverCall())).rejects.toMatchObject({
      code: "vm.disk-full",
      message: expect.stringMatching(/has \d+ MiB free, and a VM needs \d+ MiB/u),
      hint: expect.stringContaining("STACKHOUSE_HOME"),
    });
    expect(await driverFor(home).list(driverCall())).toEqual([]);
  });

  it("keeps nothing of a VM when the disk gets full while it is made", async () => {
    await using test = await makeTestHome();
    const full: Runner = {
      exec: async (program, args, options) =>
        program === "qemu-img" && args.includes("create")
          ? { exitCode: 1, stdout: "", stderr: "qemu-img: disk.qcow2: No space left on device" }
          : await systemRunner.exec(program, args, options),
    };
    const { spec } = await testVmSpec(test.home);
    await expect(driverFor(test.home, full).create(spec, driverCall())).rejects.toMatchObject({ code: "vm.disk-full" });
    expect(await driverFor(test.home).list(driverCall())).toEqual([]);
  });

  it("gets no base image, and no half of one", async () => {
    await using disk = await smallDisk();
    const ports = { home: disk.home, runner: systemRunner, clock: systemClock, env: process.env };
    await expect(ensureBaseImage(ports, driverCall())).rejects.toMatchObject({ code: "vm.disk-full" });
    const images = await readdir(disk.home.cache.images).catch(() => []);
    expect(images.filter((name) => name.startsWith("debian-") && !name.endsWith(".lock"))).toEqual([]);
  });
}

/** A home on a file system of its own, too small for anything. */
async function smallDisk(): Promise<AsyncDisposable & { readonly home: Home }> {
  const path = await mkdtemp(join(tmpdir(), "stackhouse-disk-"));
  await exec("mount", ["-t", "tmpfs", "-o", "size=32m", "tmpfs", path]);
  return {
    home: homeFrom({ STACKHOUSE_HOME: path }),
    async [Symbol.asyncDispose]() {
      await exec("umount", ["--lazy", path]);
      await rm(path, { recursive: true, force: true });
    },
  };
}
