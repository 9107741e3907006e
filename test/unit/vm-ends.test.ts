import { describe, expect, it } from "@jest/globals";
import { readdir, rm, symlink } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type { Driver } from "../../modules/hypervisors/driver.ts";
import { createQemuDriver } from "../../modules/hypervisors/qemu/index.ts";
import { openMonitor, type Monitor } from "../../modules/hypervisors/qemu/program/qmp.ts";
import { parseUsernet } from "../../modules/hypervisors/qemu/network/usernet.ts";
import { homeFrom } from "../../modules/system/home.ts";
import { fastClock } from "../support/fast-clock.ts";
import { call, fakeVms, specOf } from "../support/fake-vms.ts";

const vms = fakeVms();
const { haveTemplate, begin } = vms;

const box = (): string => join(vms.home.state.vms, "box");

async function asking<T>(ask: (monitor: Monitor) => Promise<T>): Promise<T> {
  await using monitor = await openMonitor(box(), call.signal);
  return await ask(monitor);
}

/** Guest ports that the workstation leads to. */
const open = (): Promise<readonly number[]> =>
  asking(async (monitor) => parseUsernet(await monitor.human("info usernet")).map(({ guestPort }) => guestPort));

const commands = async (): Promise<readonly string[]> =>
  (await vms.qemu.journal()).flatMap((line) => /^clone (cont|system_powerdown)$/u.exec(line)?.[1] ?? []);

describe("a VM whose home is reached by another path", () => {
  /** As by a symbolic link in `HOME`. */
  const throughLink = async (): Promise<Driver> => {
    const link = `${vms.place.path}-link`;
    await symlink(vms.place.path, link);
    const home = homeFrom({ STACKHOUSE_HOME: link });
    return createQemuDriver({ home, runner: vms.qemu.runner, clock: fastClock(20) });
  };

  it("runs there, too, and its process ends when it is destroyed", async () => {
    await haveTemplate();
    const { pid } = await begin("warm");
    const driver = await throughLink();
    expect(await driver.inspect("box", call)).toMatchObject({ state: "running", pid });
    await driver.destroy("box", call);
    expect(await vms.qemu.living(0)).toBe(0);
  });

  it("is not removed under its guest where an older version has made it: its process is known by the path alone", async () => {
    await haveTemplate();
    await vms.driver.create({ ...specOf("box"), start: "cold" }, call);
    await rm(join(vms.home.state.vms, "box", "mark"));
    await vms.driver.start("box", call);
    const driver = await throughLink();
    await expect(driver.destroy("box", call)).rejects.toThrow(/has its process \d+ still/u);
    expect(await vms.driver.inspect("box", call)).toMatchObject({ state: "running" });
  });
});

describe("a VM that stands still", () => {
  it.each<[string, () => Promise<unknown>]>([
    ["is paused", () => vms.driver.pause("box", call)],
    ["is halted, as by a saving of its memory that was cut", () => asking((monitor) => monitor.execute("stop"))],
  ])("and %s goes on before its power button is pressed", async (_what, standStill) => {
    await haveTemplate();
    await begin("warm");
    await standStill();
    await vms.qemu.fail();
    await vms.driver.stop("box", 60_000, call);
    expect(await commands()).toEqual(["cont", "system_powerdown"]);
    expect(await vms.driver.inspect("box", call)).toMatchObject({ state: "stopped" });
  });

  it("and cannot go on is paused still after it was to be stopped: nothing of its memory is lost", async () => {
    await haveTemplate();
    await begin("warm");
    await vms.driver.pause("box", call);
    await vms.qemu.fail({ on: "clone", at: "migrate-incoming", does: "refuses", says: "bad state" });
    await expect(vms.driver.stop("box", 60_000, call)).rejects.toThrow(/bad state/u);
    expect(await vms.driver.inspect("box", call)).toMatchObject({ state: "paused" });
  });
});

describe("the ports of a VM that goes on only to shut down", () => {
  const dataDisks = [{ name: "data", sizeGiB: 1, mountPath: "/srv/data", retainOnDelete: true }];
  const forward = { guestPort: 80, hostAddress: "127.0.0.1", hostPort: 0, protocol: "tcp" } as const;

  it.each<[string, (signal: AbortSignal) => Promise<void>]>([
    ["removed", (signal) => vms.driver.destroy("box", { ...call, signal })],
    ["stopped", (signal) => vms.driver.stop("box", 60_000, { ...call, signal })],
  ])("lead into it again where it was not %s after all", async (_what, end) => {
    await haveTemplate();
    await begin("warm", "box", { dataDisks });
    await vms.driver.forward("box", "shop", [forward], call);
    await vms.driver.pause("box", call);
    await vms.qemu.fail({ on: "clone", at: "system_powerdown", does: "ignores" });
    const cut = new AbortController();
    const ending = expect(end(cut.signal)).rejects.toThrow("Ctrl-C");
    while (!(await commands()).includes("system_powerdown")) await delay(20);
    expect(await open()).toEqual([]);
    cut.abort(new Error("Ctrl-C"));
    await ending;
    expect(await open()).toEqual([22, 80]);
    await vms.qemu.fail();
  });
});

describe("a removal that was cut", () => {
  const dataDisks = [{ name: "data", sizeGiB: 1, mountPath: "/srv/data", retainOnDelete: true }];

  it("after a paused VM could not go on leaves one that boots, with its disks", async () => {
    await haveTemplate();
    await begin("warm", "box", { dataDisks });
    await vms.driver.pause("box", call);
    await vms.qemu.fail({ on: "clone", at: "migrate-incoming", does: "refuses", says: "bad state" });
    // In the way of what comes next: the disk is kept then, and the folder is there.
    await vms.driver
      .destroy("box", {
        ...call,
        progress: {
          ...call.progress,
          info: () => {
            throw new Error("cut");
          },
        },
      })
      .catch(() => undefined);
    await vms.qemu.fail();
    expect(await readdir(box())).not.toContain("suspended.json");
    await vms.driver.start("box", call);
    expect(await readdir(box())).toContain("data-data.qcow2");
  });
});

it("a VM is seen while another run takes its data disks away", async () => {
  await vms.driver.create(specOf("box"), call);
  // It is there when the folder is read, and gone when it is opened.
  await symlink("gone", join(box(), "data-cache.qcow2"));
  expect(await vms.driver.inspect("box", call)).toMatchObject({ state: "stopped" });
});
