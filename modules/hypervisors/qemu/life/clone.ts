import { rm } from "node:fs/promises";
import type { TemplateMemory } from "../../../images/index.ts";
import type { DriverCall, VmSpec } from "../../driver.ts";
import { qemuArguments } from "../program/argv.ts";
import type { Starting } from "./boot.ts";
import { fitDisks } from "../disks/data-disks.ts";
import type { ProcessRecord, VmFolder } from "../folder.ts";
import { freshDocument, startOf } from "../guest/identity.ts";
import { launch } from "../program/launch.ts";
import { loadState } from "../program/migration.ts";
import { openPorter } from "../guest/porter.ts";
import { identifyDeadlineMs, type QemuPorts } from "../ports.ts";
import { openMonitor } from "../program/qmp.ts";
import { letGuestUseDisks } from "../disks/resize.ts";
import { restoring } from "../template/restoring.ts";
import type { Stages } from "./stages.ts";

/** A process that is to have the memory of a template. */
type Loading = Pick<Starting, "folder" | "machine"> & {
  /** Told when the process is there, without its memory yet. */
  readonly onLaunched?: () => void;
};

/** Starts a process with the memory of a template. It is left paused, and is nobody yet. */
export async function loadClone(
  memory: TemplateMemory,
  { folder, machine, onLaunched }: Loading,
  ports: QemuPorts,
  call: DriverCall,
): Promise<ProcessRecord> {
  // The template has none: its clones get theirs plugged in.
  const { cloned, saved } = restoring[memory];
  const mark = await folder.mark();
  const argv = qemuArguments({ ...machine, dataDisks: [], memory: cloned, forwards: [], mark });
  const record = await launch(folder, argv, ports, call);
  onLaunched?.();
  await using monitor = await openMonitor(folder.path, call.signal);
  await loadState(monitor, { path: folder.file("state"), memory: saved }, { ...call, clock: ports.clock });
  return record;
}

/** A clone has mapped its memory; later starts boot. */
export async function unlinkMemory(folder: VmFolder): Promise<void> {
  for (const name of ["ram", "state"]) await rm(folder.file(name), { force: true });
}

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
