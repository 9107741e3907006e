import type { DriverCall } from "../../driver.ts";
import { openAgentPort } from "../guest/agent-port.ts";
import type { VmFolder } from "../folder.ts";
import { openPorter } from "../guest/porter.ts";
import { identifyDeadlineMs, type QemuPorts } from "../ports.ts";
import { openMonitor } from "../program/qmp.ts";

/** The second answer costs a third of the first, and a third one hardly less than the second. */
const times = 2;

/**
 * Lets a clone that has no identity run for as long as its agent takes to answer, as it will be asked first when it is a VM, and stops it
 * again. What that has read from its memory's file, and QEMU has translated of its code, is there then.
 */
export async function rehearse(folder: VmFolder, ports: QemuPorts, call: DriverCall): Promise<void> {
  await using monitor = await openMonitor(folder.path, call.signal);
  await monitor.execute("cont");
  {
    await using porter = await openPorter(folder.path, { answerMs: identifyDeadlineMs, signal: call.signal });
    await porter.hello();
  }
  for (let time = 0; time < times; time += 1) {
    const agent = await openAgentPort(folder, ports, call);
    // A base image has none.
    if (agent === undefined) break;
    try {
      await ports.askAgent?.(agent, call);
    } finally {
      agent.destroy();
    }
  }
  await monitor.execute("stop");
}
