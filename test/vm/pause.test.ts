import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { join } from "node:path";
import type { Driver, VmInspection } from "../../modules/hypervisors/driver.ts";
import { openPorter } from "../../modules/hypervisors/qemu/guest/porter.ts";
import { openMonitor } from "../../modules/hypervisors/qemu/program/qmp.ts";
import { notRun } from "../support/not-run.ts";
import { bootDeadlineMs, driverCall, driverFor, makeTestHome, startCut, testVmSpec, whyNoVms } from "../support/vm.ts";
import type { TestHome, TestVmSpec } from "../support/vm.ts";

const why = await whyNoVms();
if (why !== undefined) notRun("a paused VM", why);
else describe("a paused VM", paused);

/** One VM: each sentence starts from what the one before left. */
function paused(): void {
  let place: TestHome;
  let driver: Driver;
  let vm: TestVmSpec;

  beforeAll(async () => {
    place = await makeTestHome();
    driver = driverFor(place.home);
    vm = await testVmSpec(place.home);
    await driver.create(vm.spec, driverCall());
    await driver.start("test", driverCall());
    await driver.pause("test", driverCall());
  }, 2 * bootDeadlineMs);
  afterAll(async () => {
    await driver.destroy("test", driverCall());
    await place[Symbol.asyncDispose]();
  });

  const inspect = (): Promise<VmInspection> => driver.inspect("test", driverCall());

  it("stays so when its start is cut before its memory is loaded, and the next start lets it go on", async () => {
    await expect(startCut(place.home, "test")).rejects.toThrow(/^cut$/u);
    expect(await inspect()).toMatchObject({ state: "paused" });
    expect((await driver.start("test", driverCall())).start?.rung).toBe("resumed");
    expect(await inspect()).toMatchObject({ state: "running" });
  });

  it("answers who has come to it since, and not who had come while it stood still and left", async () => {
    const folder = join(place.home.state.vms, "test");
    const { signal } = driverCall();
    await using monitor = await openMonitor(folder, signal);
    await monitor.execute("stop");
    {
      await using gone = await openPorter(folder, { answerMs: 200, signal });
      await expect(gone.hello()).rejects.toThrow("was silent");
    }
    await using porter = await openPorter(folder, { answerMs: bootDeadlineMs, signal });
    const answer = porter.hello();
    await monitor.execute("cont");
    expect(await answer).toBe("identified");
    expect(await porter.uptime()).toBeGreaterThan(0);
    await porter.setClock(Date.now());
  });

  it("keeps its memory where it was given another size meanwhile, and the error says what differs", async () => {
    await driver.pause("test", driverCall());
    await driver.create({ ...vm.spec, memoryMiB: 768 }, driverCall());
    await expect(driver.start("test", driverCall())).rejects.toMatchObject({
      code: "vm.cannot-resume",
      message: expect.stringContaining("saved as a machine with 1024, and is one with 768 now"),
      hint: expect.stringContaining("host stop test --grace 0"),
    });
    expect(await inspect()).toMatchObject({ state: "paused" });
    await driver.create(vm.spec, driverCall());
  });

  it("goes on to be shut down in good order", async () => {
    await driver.stop("test", bootDeadlineMs, driverCall());
    expect(await inspect()).toMatchObject({ state: "stopped" });
    expect((await driver.console("test", 20)).join("\n")).toContain("Power down");
  });

  it("forgets its memory when it is stopped at once", async () => {
    await driver.start("test", driverCall());
    await driver.pause("test", driverCall());
    await driver.stop("test", 0, driverCall());
    expect(await inspect()).toMatchObject({ state: "stopped" });
  });
}
