import { createQemuDriver } from "../../../hypervisors/qemu/index.ts";
import type { Pool } from "../../../hypervisors/driver.ts";
import { silentProgress } from "../../../base/progress.ts";
import { userName } from "../../../system/user.ts";
import type { Check } from "../check.ts";

export const hypervisor: Check = {
  name: "hypervisor",
  neededFor: "local",
  async look({ home, runner, clock, signal }) {
    const driver = createQemuDriver({ home, runner, clock });
    const call = { signal, progress: silentProgress };
    const probe = await driver.probe(call);
    if (!probe.available) {
      return { status: "failed", found: probe.reason, fix: "apt-get install qemu-system-x86 qemu-utils" };
    }
    const found = `QEMU ${probe.version}, ${probe.hypervisorClass}: ${probe.reason}; VMs begin ${probe.beginning}${waitingText(await driver.listPools(call))}`;
    if (probe.hypervisorClass !== "emulation") return { status: "passed", found };
    return {
      status: "warning",
      found,
      fix: `it works, but slowly; for speed: ${speedUp()}`,
    };
  },
};

/** The best way to begin, where there is one. */
function waitingText(pools: readonly Pool[]): string {
  const waiting = pools.reduce((sum, pool) => sum + pool.waiting.length, 0);
  const wanted = pools.reduce((sum, pool) => sum + pool.wanted, 0);
  return wanted + waiting === 0 ? "" : `, or from a pool: ${waiting} of ${wanted} clones wait`;
}

/** Root may open /dev/kvm anyway. */
function speedUp(): string {
  const firmware = "turn on virtualization in the firmware";
  return process.getuid?.() === 0 ? firmware : `${firmware}, and adduser ${userName()} kvm`;
}
