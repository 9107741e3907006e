import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { systemClock } from "../../modules/system/clock.ts";
import { processStart } from "../../modules/system/lock.ts";
import { silentProgress } from "../../modules/base/progress.ts";
import { waitUntil } from "../../modules/base/wait.ts";
import { notRun } from "../support/not-run.ts";
import { driverFor, makeTestHome, processExists, whyNoVms } from "../support/vm.ts";
import { driverContract, type DriverUnderTest } from "./driver/contract.ts";

const reason = await whyNoVms();
if (reason === undefined) {
  driverContract("QEMU", "cold", qemu);
  driverContract("QEMU", "warm", qemu);
} else {
  notRun("driver contract: QEMU", reason);
}

async function qemu(): Promise<DriverUnderTest> {
  // Longer than the 107 bytes that a socket's path may have, and with what splits careless command lines.
  const outer = await mkdtemp(join(tmpdir(), "stackhouse-long-"));
  const parent = join(outer, "a folder, with = and spaces", "x".repeat(120));
  await mkdir(parent, { recursive: true });
  const { home } = await makeTestHome(parent);
  return {
    home,
    driver: driverFor(home),
    laterRun: () => driverFor(home),
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
    processExists,
    async [Symbol.asyncDispose]() {
      await rm(outer, { recursive: true, force: true });
    },
  };
}
