import type { TemplateMemory } from "../../images/index.ts";
import type { DriverCall } from "../driver.ts";
import { qemuArguments } from "./argv.ts";
import type { Starting } from "./boot.ts";
import { fitDisks } from "./data-disks.ts";
import type { ProcessRecord } from "./folder.ts";
import { freshDocument, startOf } from "./identity.ts";
import { launch } from "./launch.ts";
import { loadState } from "./migration.ts";
import { openPorter } from "./porter.ts";
import { identifyDeadlineMs, type QemuPorts } from "./ports.ts";
import { openMonitor } from "./qmp.ts";
import { letGuestUseDisks } from "./resize.ts";
import { restoring } from "./restoring.ts";
import { timeStages, type Stages } from "./stages.ts";

interface StartedClone {
  readonly record: ProcessRecord;
  readonly took: ReturnType<Stages["took"]>;
}

/**
 * Lets a VM go on from the moment of its template, and gives it its data disks, its identity, a random seed of its own and the time.
 * No port leads to it yet. What fails leaves a process without an identity, which the caller ends.
 */
export async function startClone(
  memory: TemplateMemory,
  { folder, spec, machine }: Starting,
  ports: QemuPorts,
  call: DriverCall,
): Promise<StartedClone> {
  const stages = timeStages(ports.clock);
  // The template has none: its clones get theirs plugged in.
  const { cloned, saved } = restoring[memory];
  const argv = qemuArguments({ ...machine, dataDisks: [], memory: cloned, forwards: [], folder: folder.path });
  const record = await launch(folder, argv, ports, call);
  stages.over("process");
  await using monitor = await openMonitor(folder.path, call.signal);
  await loadState(monitor, { path: folder.file("state"), memory: saved }, { ...call, clock: ports.clock });
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
  return { record, took: stages.took() };
}
