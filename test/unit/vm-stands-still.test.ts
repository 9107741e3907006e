import { describe, expect, it } from "@jest/globals";
import { readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { waitUntil, type Attempt } from "../../modules/base/wait.ts";
import { openMonitor } from "../../modules/hypervisors/qemu/program/qmp.ts";
import { systemClock } from "../../modules/system/clock.ts";
import { call, fakeVms } from "../support/fake-vms.ts";

const vms = fakeVms();
const { haveTemplate, begin } = vms;

/** A signal that stops a process takes effect a moment later. */
async function halt(pid: number): Promise<void> {
  process.kill(pid, "SIGSTOP");
  const look = async (): Promise<Attempt<undefined>> =>
    / T /u.test(await readFile(`/proc/${pid}/stat`, "utf8"))
      ? { done: true, value: undefined }
      : { done: false, reason: "it runs" };
  await waitUntil(look, { ...call, clock: systemClock, what: "it to be halted", deadlineMs: 10_000, intervalMs: 5 });
}

describe("a VM whose process a signal has stopped", () => {
  it("is halted, with the reason, and its start lets it go on", async () => {
    await haveTemplate();
    const { pid } = await begin("warm");
    await halt(pid);
    expect(await vms.driver.inspect("box", call)).toMatchObject({
      state: "halted",
      reason: "a signal has stopped its process",
    });
    expect((await vms.driver.start("box", call)).pid).toBe(pid);
    expect(await vms.driver.inspect("box", call)).toMatchObject({ state: "running" });
  });

  it.each<[string, () => Promise<void>, string]>([
    ["is paused", () => vms.driver.pause("box", call), "paused"],
    ["hears its power button", () => vms.driver.stop("box", 60_000, call), "stopped"],
  ])("%s nevertheless", async (_what, act, state) => {
    await haveTemplate();
    const { pid } = await begin("warm");
    process.kill(pid, "SIGSTOP");
    await act();
    expect(await vms.driver.inspect("box", call)).toMatchObject({ state });
  });
});

describe("a guest that goes on after it stood still", () => {
  const stopInQemu = async (): Promise<void> => {
    await using monitor = await openMonitor(join(vms.home.state.vms, "box"), call.signal);
    await monitor.execute("stop");
  };
  const failToSave = async (): Promise<void> => {
    await vms.qemu.fail({ on: "clone", at: "query-migrate", does: "refuses", says: "no room", times: 1 });
    await expect(vms.driver.pause("box", call)).rejects.toThrow(/no room/u);
  };

  it.each<[string, (pid: number) => Promise<void>]>([
    ["halted by a signal", halt],
    ["halted, as by a full disk", stopInQemu],
    ["paused", () => vms.driver.pause("box", call)],
    ["to be saved, which failed", failToSave],
  ])("is given the time: it was %s", async (_what, standStill) => {
    await haveTemplate();
    const { pid } = await begin("warm");
    await vms.qemu.fail();
    await standStill(pid);
    await vms.driver.start("box", call);
    expect((await vms.qemu.journal()).filter((line) => line === "clone clock")).toHaveLength(1);
  });
});

describe("a VM that is paused", () => {
  it("has not answered when it goes on, where its guest is silent", async () => {
    await haveTemplate();
    await begin("warm");
    await vms.driver.pause("box", call);
    await vms.qemu.fail({ on: "clone", at: "hello", does: "hangs up" });
    expect((await vms.driver.start("box", call)).answered).toBe(false);
  });

  it("keeps no memory of a pausing that was cut, when it is started", async () => {
    await haveTemplate();
    await begin("warm");
    const memory = join(vms.home.state.vms, "box", "memory");
    await writeFile(memory, "half of it");
    await vms.driver.start("box", call);
    expect(await readdir(join(vms.home.state.vms, "box"))).not.toContain("memory");
  });

  const running = async (): Promise<void> => {
    await haveTemplate();
    await begin("warm");
  };

  it("and cannot be saved goes on only once what it would have gone on with is gone", async () => {
    await haveTemplate();
    const { pid } = await begin("warm");
    await vms.qemu.fail(
      { on: "clone", at: "query-migrate", does: "refuses", says: "no room", times: 1 },
      { on: "clone", at: "query-status", does: "ignores" },
    );
    const pausing = expect(vms.driver.pause("box", call)).rejects.toThrow(/no room/u);
    while (!(await vms.qemu.journal()).includes("clone query-status")) await delay(20);
    expect(await vms.qemu.journal()).toContain("clone cont");
    expect(await readdir(join(vms.home.state.vms, "box"))).not.toContain("memory");
    process.kill(pid, "SIGKILL");
    await pausing;
  });

  it.each(["query-status", "migrate-set-capabilities", "migrate", "query-migrate"])(
    "and whose process is killed at %s is not paused, and starts again",
    async (at) => {
      await running();
      await vms.qemu.fail({ on: "clone", at, does: "dies" });
      await vms.driver.pause("box", call).catch(() => undefined);
      await vms.qemu.fail();
      await vms.driver.start("box", call);
      expect(await vms.driver.inspect("box", call)).toMatchObject({ state: "running" });
      expect(await vms.qemu.living(1)).toBe(1);
    },
  );

  it("is said to be stopped where its process was killed while it was saved, and how it goes on", async () => {
    await running();
    await vms.qemu.fail({ on: "clone", at: "migrate", does: "dies" });
    await expect(vms.driver.pause("box", call)).rejects.toMatchObject({
      code: "vm.exited",
      message: expect.stringMatching(/^the VM box is stopped, not paused: its process ended/u),
      hint: expect.stringContaining("stackhouse host start box boots it"),
    });
    expect(await vms.driver.inspect("box", call)).toMatchObject({ state: "stopped" });
  });

  it("is said to be paused still where its process was killed while it went on", async () => {
    await running();
    await vms.driver.pause("box", call);
    await vms.qemu.fail({ on: "clone", at: "migrate-incoming", does: "dies" });
    await expect(vms.driver.start("box", call)).rejects.toMatchObject({
      code: "vm.exited",
      message: expect.stringMatching(/^the VM box does not go on: /u),
      hint: expect.stringContaining("stackhouse host resume box tries again"),
    });
  });

  it.each([
    ["QEMU does not start it", "vm.exited", "QEMU says why", () => Promise.resolve()],
    [
      "one of its files is gone",
      "vm.damaged",
      "put them back",
      async () => {
        await rm(join(vms.home.state.vms, "box", "kernel"));
        await rm(vms.home.cache.images, { recursive: true });
      },
    ],
  ])("is said to be paused still where %s, beside what to do", async (_what, code, advice, further) => {
    await running();
    await vms.driver.pause("box", call);
    await further();
    await vms.qemu.fail({ on: "clone", at: "launch", does: "refuses", says: "could not open disk image" });
    await expect(vms.driver.start("box", call)).rejects.toMatchObject({
      code,
      details: [expect.stringContaining("could not open disk image")],
      hint: expect.stringMatching(
        new RegExp(`^it is paused still, with its memory: stackhouse host resume box tries again; .*${advice}.*`, "u"),
      ),
    });
    expect(await vms.driver.inspect("box", call)).toMatchObject({ state: "paused" });
  });

  it.each(["launch", "qmp_capabilities", "migrate-incoming", "query-migrate"])(
    "and whose process is killed at %s when it goes on stays paused, and goes on at the next start",
    async (at) => {
      await running();
      await vms.driver.pause("box", call);
      await vms.qemu.fail({ on: "clone", at, does: "dies" });
      await expect(vms.driver.start("box", call)).rejects.toThrow();
      expect(await vms.driver.inspect("box", call)).toMatchObject({ state: "paused" });
      expect(await vms.qemu.living(0)).toBe(0);
      await vms.qemu.fail();
      expect((await vms.driver.start("box", call)).start?.rung).toBe("resumed");
    },
  );

  it.each(["cont", "hello", "clock"])(
    "and whose process is killed at %s, when it has gone on, boots at the next start",
    async (at) => {
      await running();
      await vms.driver.pause("box", call);
      await vms.qemu.fail({ on: "clone", at, does: "dies" });
      await vms.driver.start("box", call).catch(() => undefined);
      expect(await vms.driver.inspect("box", call)).toMatchObject({
        state: "stopped",
        lastExit: { how: "process-ended" },
      });
      await vms.qemu.fail();
      expect((await vms.driver.start("box", call)).start?.rung).toBe("cold");
    },
  );
});
