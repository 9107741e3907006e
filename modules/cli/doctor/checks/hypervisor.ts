import { createQemuDriver } from "../../../hypervisors/qemu/index.ts";
import { silentProgress } from "../../../base/progress.ts";
import { userName } from "../../../system/user.ts";
import type { Check } from "../check.ts";

export const hypervisor: Check = {
  name: "hypervisor",
  neededFor: "local",
  async look({ home, runner, clock, signal }) {
    const driver = createQemuDriver({ home, runner, clock });
    const probe = await driver.probe({ signal, progress: silentProgress });
    if (!probe.available) {
      return { status: "failed", found: "QEMU does not run", fix: "apt-get install qemu-system-x86 qemu-utils" };
    }
    const found = `QEMU ${probe.version}, ${probe.hypervisorClass}: ${probe.reason}; VMs begin ${probe.beginning}`;
    if (probe.hypervisorClass !== "emulation") return { status: "passed", found };
    return {
      status: "warning",
      found,
      fix: `it works, but slowly; for speed: ${speedUp()}`,
    };
  },
};

/** Root may open /dev/kvm anyway. */
function speedUp(): string {
  const firmware = "turn on virtualization in the firmware";
  return process.getuid?.() === 0 ? firmware : `${firmware}, and adduser ${userName()} kvm`;
}
