import type { DriverCall, VmSpec } from "../../driver.ts";
import { fitDisks } from "../disks/data-disks.ts";
import type { VmFolder } from "../folder.ts";
import { freshDocument, startOf } from "../guest/identity.ts";
import { openPorter } from "../guest/porter.ts";
import { letGuestUseDisks } from "../guest/use-disks.ts";
import { identifyDeadlineMs, type QemuPorts } from "../ports.ts";
import { openMonitor } from "../program/qmp.ts";
import type { Stages } from "./stages.ts";

/**
 * Lets a process that is nobody yet go on as a VM: gives it its data disks, its identity, a random seed of its own and the time. No port
 * leads to it yet. What fails leaves a process without an identity, which the caller ends.
 */
export async function identifyClone(
  { folder, spec, stages }: { readonly folder: VmFolder; readonly spec: VmSpec; readonly stages: Stages },
  ports: QemuPorts,
  call: DriverCall,
): Promise<void> {
  await using monitor = await openMonitor(folder.path, call.signal);
  const hasDisks = await fitDisks(folder, spec, monitor);
  stages.over("memory");
  {
    const { identifyMs: answerMs = identifyDeadlineMs } = ports;
    await using porter = await openPorter(folder.path, { answerMs, signal: call.signal });
    const document = await freshDocument(folder, spec, { start: await startOf(folder), time: ports.clock.now() });
    await monitor.execute("cont");
    await porter.identify(document);
    // The time in the document is as old as the document: a guest that has just begun takes a while to read it.
    await porter.setClock(ports.clock.now());
  }
  if (hasDisks) await letGuestUseDisks(folder, spec, ports, call);
  stages.over("identity");
}
