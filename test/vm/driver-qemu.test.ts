import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "@jest/globals";
import type { VmKind } from "../../modules/hypervisors/driver.ts";
import { openMonitor } from "../../modules/hypervisors/qemu/program/qmp.ts";
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
  smallSize,
  whyNoVms,
} from "../support/vm.ts";
import { driverContract, type Beginning, type DriverUnderTest } from "./driver/contract.ts";

const reason = await whyNoVms();
if (reason === undefined) {
  const beginning = /^as clones of a template, which the first of a kind makes$/u;
  const unmapped = /reads? its memory because QEMU cannot map it: qemu: unable to map backing store$/u;
  const rungs: readonly (Beginning & { readonly make: () => Promise<DriverUnderTest> })[] = [
    { start: "cold", rung: "cold", reason: /^$/u, beginning, make: () => qemu(systemRunner) },
    {
      ...{ start: "warm", rung: "stream", reason: unmapped, beginning: /cannot map it: qemu: unable to map/u },
      make: () => qemu(unableToMap, smallSize),
    },
    { start: "warm", rung: "template", reason: /^clone of \w+$/u, beginning, make: () => qemu(systemRunner) },
    {
      ...{ start: "warm", rung: "pool", pool: 1, reason: /^clone of \w+ that waited$/u, beginning },
      make: () => qemu(systemRunner),
    },
  ];
  for (const { make, ...rung } of rungs) driverContract("QEMU", rung, make);
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
