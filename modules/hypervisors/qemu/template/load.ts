import { rm } from "node:fs/promises";
import type { TemplateMemory } from "../../../images/index.ts";
import type { DriverCall } from "../../driver.ts";
import type { ProcessRecord, VmFolder } from "../folder.ts";
import { qemuArguments, type Machine } from "../machine/argv.ts";
import type { QemuPorts } from "../ports.ts";
import { launch } from "../program/launch.ts";
import { loadState } from "../program/migration.ts";
import { openMonitor } from "../program/qmp.ts";
import { restoring } from "./restoring.ts";

/** A process that is to have the memory of a template. */
interface Loading {
  readonly folder: VmFolder;
  readonly machine: Omit<Machine, "memory" | "forwards" | "mark">;
  /** Told when the process is there, without its memory yet. */
  readonly onLaunched?: () => void;
}

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
