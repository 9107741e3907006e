import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import type { DataDisk } from "../../modules/hypervisors/data-disks.ts";
import type { Driver, VmRunning, VmSpec } from "../../modules/hypervisors/driver.ts";
import { waitUntil, type Attempt } from "../../modules/base/wait.ts";
import { systemClock } from "../../modules/system/clock.ts";
import { notRun } from "../support/not-run.ts";
import {
  bootDeadlineMs,
  connectionTo,
  driverCall,
  driverFor,
  inGuest,
  makeTestHome,
  testVmSpec,
} from "../support/vm.ts";
import { whyNoVms, type Guest, type TestHome, type TestVmSpec } from "../support/vm.ts";

const why = await whyNoVms();
if (why !== undefined) notRun("data disks of a VM", why);
else describe("data disks of a VM", dataDisks);

const data: DataDisk = { name: "data", sizeGiB: 2, mountPath: "/volumes/data" };
const logs: DataDisk = { name: "logs", sizeGiB: 1, mountPath: "/mnt/logs" };

/** One VM: each sentence starts from what the one before left. */
function dataDisks(): void {
  let place: TestHome;
  let driver: Driver;
  let vm: TestVmSpec;
  let begun: VmRunning;

  beforeAll(async () => {
    place = await makeTestHome();
    driver = driverFor(place.home);
    vm = await testVmSpec(place.home, { start: "warm", dataDisks: [data] });
    await driver.create(vm.spec, driverCall());
    begun = await driver.start("test", driverCall());
  }, 30 * 60_000);
  afterAll(async () => {
    await driver.destroy("test", driverCall());
    await place[Symbol.asyncDispose]();
  });

  const guest = async <T>(use: (run: Guest) => Promise<T>): Promise<T> => inGuest(await connectionTo(driver, vm), use);
  const become = (changes: Partial<VmSpec>): Promise<void> => driver.create({ ...vm.spec, ...changes }, driverCall());
  /** Whole GiB of a file system that fill its disk but for its own tables. */
  const sizeAt = async (run: Guest, path: string): Promise<number> => {
    const [, bytes = ""] = (await run("df", "--block-size=1", "--output=size", path)).split("\n");
    return Math.ceil(Number(bytes) / 1024 ** 3);
  };
  const isMounted = (run: Guest, path: string): Promise<boolean> =>
    run("sh", "-c", `mountpoint -q ${path} && echo yes || echo no`).then((answer) => answer === "yes");

  it(
    "are mounted, with empty file systems of their size, when a clone of a template has its identity",
    async () => {
      expect(begun.start?.rung).toBe("template");
      await guest(async (run) => {
        expect(await sizeAt(run, data.mountPath)).toBe(2);
        expect(await run("ls", data.mountPath)).toBe("lost+found");
        // As a guest that boots makes them.
        expect(await run("stat", "-c", "%a", "/volumes", data.mountPath, "/etc/stackhouse-disks")).toBe(
          "755\n755\n644",
        );
        await run("sh", "-c", "echo precious >/volumes/data/mark && sync");
      });
    },
    bootDeadlineMs,
  );

  it(
    "are attached and grow while the VM runs, and so does its own disk",
    async () => {
      await become({ diskGiB: 10, dataDisks: [{ ...data, sizeGiB: 3 }, logs] });
      await driver.resize("test", driverCall());
      await driver.resize("test", driverCall());
      expect(await driver.inspect("test", driverCall())).toMatchObject({ state: "running", pid: begun.pid });
      await guest(async (run) => {
        expect(await sizeAt(run, "/")).toBe(10);
        expect(await sizeAt(run, data.mountPath)).toBe(3);
        expect(await run("cat", "/volumes/data/mark")).toBe("precious");
        await run("sh", "-c", "echo kept >/mnt/logs/mark && sync");
      });
    },
    bootDeadlineMs,
  );

  it(
    "are all there when the guest has rebooted by itself",
    async () => {
      await guest((run) => run("sh", "-c", "(sleep 0.5; systemctl reboot --force --force) >/dev/null 2>&1 &"));
      const restarted = async (): Promise<Attempt<undefined>> =>
        (await driver.console("test", 5)).some((line) => line.includes("Restarting system"))
          ? { done: true, value: undefined }
          : { done: false, reason: "its console does not say so" };
      await waitUntil(restarted, { ...driverCall(), clock: systemClock, what: "the reboot", deadlineMs: 60_000 });
      await driver.resize("test", driverCall());
      expect(await driver.inspect("test", driverCall())).toMatchObject({ state: "running", pid: begun.pid });
      await guest(async (run) => {
        expect(await run("cat", "/mnt/logs/mark")).toBe("kept");
        expect(await run("cat", "/volumes/data/mark")).toBe("precious");
      });
    },
    bootDeadlineMs,
  );

  it(
    "go on with a VM that was paused, which gets what it was given meanwhile",
    async () => {
      await driver.pause("test", driverCall());
      await become({ diskGiB: 10, dataDisks: [{ ...data, sizeGiB: 4 }, logs] });
      const { start } = await driver.start("test", driverCall());
      expect(start?.rung).toBe("resumed");
      await guest(async (run) => {
        expect(await sizeAt(run, data.mountPath)).toBe(4);
        expect(await run("cat", "/mnt/logs/mark")).toBe("kept");
      });
    },
    2 * bootDeadlineMs,
  );

  it(
    "are mounted at boot before containers start, but for one that was taken away: that comes back as it was",
    async () => {
      await driver.kill("test", driverCall());
      await become({ diskGiB: 10, dataDisks: [{ ...data, sizeGiB: 4 }] });
      await driver.start("test", driverCall());
      await driver.resize("test", driverCall());
      expect(await driver.inspect("test", driverCall())).toMatchObject({ keptDisks: [{ name: "logs", sizeGiB: 1 }] });
      await guest(async (run) => {
        expect(await run("cat", "/volumes/data/mark")).toBe("precious");
        expect(await isMounted(run, logs.mountPath)).toBe(false);
        const after = await run("systemctl", "show", "-p", "After", "docker.service");
        expect(after).toContain("stackhouse-data-disks.service");
      });
      await become({ diskGiB: 10, dataDisks: [{ ...data, sizeGiB: 4 }, logs] });
      await driver.resize("test", driverCall());
      await guest(async (run) => {
        expect(await run("cat", "/mnt/logs/mark")).toBe("kept");
      });
    },
    2 * bootDeadlineMs,
  );

  it(
    "are never formatted again, also where nothing on them is known any more, and nothing is written in their place",
    async () => {
      await guest(async (run) => {
        await run("umount", logs.mountPath);
        await run("sh", "-c", "dd if=/dev/zero of=$(blkid -L logs) bs=1M count=1 conv=fsync 2>&1");
      });
      await expect(driver.resize("test", driverCall())).rejects.toMatchObject({
        code: "vm.unreachable",
        message: expect.stringContaining("the data disk logs: it was used before, and holds no file system now"),
      });
      await guest(async (run) => {
        expect(await run("sh", "-c", "touch /mnt/logs/x 2>&1 || true")).toContain("Read-only file system");
        expect(await run("cat", "/volumes/data/mark")).toBe("precious");
      });
    },
    bootDeadlineMs,
  );
}
