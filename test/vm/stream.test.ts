import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import type { Driver, VmRunning } from "../../modules/hypervisors/driver.ts";
import { notRun } from "../support/not-run.ts";
import {
  bootDeadlineMs,
  connectionTo,
  driverCall,
  driverFor,
  inGuest,
  makeTestHome,
  testVmSpec,
  unableToMap,
  unmappableSize,
} from "../support/vm.ts";
import { whyNoVms, type TestHome, type TestVmSpec } from "../support/vm.ts";

const why = await whyNoVms();
if (why !== undefined) notRun("clones where memory cannot be mapped", why);
else describe("clones where memory cannot be mapped", streamed);

const dataDisks = [{ name: "data", sizeGiB: 1, mountPath: "/srv/data" }];

function streamed(): void {
  let place: TestHome;
  let driver: Driver;
  const begun: { vm: TestVmSpec; running: VmRunning }[] = [];

  beforeAll(async () => {
    place = await makeTestHome();
    driver = driverFor(place.home, unableToMap);
    for (const id of ["one", "two"]) {
      const vm = await testVmSpec(place.home, { ...unmappableSize, start: "warm", id, hostname: id, dataDisks });
      await driver.create(vm.spec, driverCall());
      begun.push({ vm, running: await driver.start(id, driverCall()) });
    }
  }, 30 * 60_000);
  afterAll(async () => {
    for (const { vm } of begun) await driver.destroy(vm.spec.id, driverCall());
    await place[Symbol.asyncDispose]();
  });

  it("begin with the memory of their template nevertheless, and say why not faster; so does the probe", async () => {
    const reason = "reads its memory because QEMU cannot map it: qemu: unable to map backing store";
    for (const { running } of begun) {
      expect(running.start).toMatchObject({ rung: "stream", reason: expect.stringContaining(reason) });
    }
    expect((await driver.probe(driverCall())).beginning).toContain("QEMU cannot map it");
  });

  it(
    "are told apart, and have their data disks",
    async () => {
      const looks = await Promise.all(
        begun.map(async ({ vm }) =>
          inGuest(await connectionTo(driver, vm), (run) =>
            run("sh", "-c", "hostname; cat /etc/machine-id /proc/sys/kernel/random/uuid; mountpoint /srv/data"),
          ),
        ),
      );
      const [one = [], two = []] = looks.map((look) => look.split("\n"));
      expect(one[0]).toBe("one");
      expect(one.map((line, index) => line === two[index])).toEqual([false, false, false, true]);
    },
    2 * bootDeadlineMs,
  );
}
