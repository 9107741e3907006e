import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "@jest/globals";
import type { VmKind } from "../../modules/hypervisors/driver.ts";
import { openMonitor } from "../../modules/hypervisors/qemu/qmp.ts";
import { systemRunner, type Runner } from "../../modules/system/exec.ts";
import { systemClock } from "../../modules/system/clock.ts";
import { processStart } from "../../modules/system/lock.ts";
import { silentProgress } from "../../modules/base/progress.ts";
import { waitUntil } from "../../modules/base/wait.ts";
import { notRun } from "../support/not-run.ts";
import {
  driverCall,
  driverFor,
  makeTestHome,
  processExists,
  testVmSpec,
  unableToMap,
  unmappableSize,
  whyNoVms,
} from "../support/vm.ts";
import { driverContract, type DriverUnderTest } from "./driver/contract.ts";

const reason = await whyNoVms();
if (reason === undefined) {
  driverContract("QEMU", { start: "cold", rung: "cold" }, () => qemu(systemRunner));
  driverContract("QEMU", { start: "warm", rung: "stream" }, () => qemu(unableToMap, unmappableSize));
  driverContract("QEMU", { start: "warm", rung: "template" }, () => qemu(systemRunner));
  describe("the QEMU driver where QEMU is not installed", withoutQemu);
} else {
  notRun("driver contract: QEMU", reason);
}

function withoutQemu(): void {
  const runner: Runner = {
    exec: (program, ...rest) => systemRunner.exec(program.replace(/^qemu-/u, "not-there-"), ...rest),
  };

  it("makes no VM, and says what to install", async () => {
    await using place = await makeTestHome();
    const driver = driverFor(place.home, runner);
    const { spec } = await testVmSpec(place.home);
    const refusal = { code: "vm.qemu-missing", hint: "apt-get install qemu-system-x86 qemu-utils" };
    await expect(driver.create(spec, driverCall())).rejects.toMatchObject(refusal);
    expect(await driver.list(driverCall())).toEqual([]);
  });

  it("is not available, and says why", async () => {
    await using place = await makeTestHome();
    expect(await driverFor(place.home, runner).probe(driverCall())).toMatchObject({ available: false });
  });
}

async function qemu(runner: Runner, size: Partial<VmKind> = {}): Promise<DriverUnderTest> {
  // Longer than the 107 bytes that a socket's path may have, and with what splits careless command lines.
  const outer = await mkdtemp(join(tmpdir(), "stackhouse-long-"));
  const parent = join(outer, "a folder, with = and spaces", "x".repeat(120));
  await mkdir(parent, { recursive: true });
  const { home } = await makeTestHome(parent);
  return {
    home,
    size,
    driver: driverFor(home, runner),
    laterRun: () => driverFor(home, runner),
    async crash(pid) {
      const started = await processStart(pid);
      process.kill(pid, "SIGKILL");
      await waitUntil(
        async () =>
          (await processStart(pid)) === started
            ? { done: false, reason: "it still runs" }
            : { done: true, value: undefined },
        {
          clock: systemClock,
          signal: AbortSignal.timeout(10_000),
          progress: silentProgress,
          what: "the crash",
          deadlineMs: 10_000,
        },
      );
    },
    async halt(id) {
      await using monitor = await openMonitor(join(home.state.vms, id), AbortSignal.timeout(10_000));
      await monitor.execute("stop");
    },
    processExists,
    async [Symbol.asyncDispose]() {
      await rm(outer, { recursive: true, force: true });
    },
  };
}
