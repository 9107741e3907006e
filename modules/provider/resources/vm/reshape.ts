import type { DataDisk } from "../../../hypervisors/data-disks.ts";
import type { KeptDisk } from "../../../hypervisors/driver.ts";
import { hasUnknown, isList, isProperties, type Properties } from "../../kit/values.ts";
import { vmInputsSchema } from "../schema.ts";
import type { PresentVm } from "./state.ts";

/** What changed inputs do to a VM that is there, as a person is told. */
export interface Reshaping {
  readonly withRestart: readonly string[];
  readonly online: readonly string[];
}

/** Inputs that are not known yet change nothing so far. */
export function reshapingOf(
  { spec, keptDisks = [] }: Pick<PresentVm, "spec" | "keptDisks">,
  inputs: Properties,
): Reshaping {
  const before = spec.dataDisks ?? [];
  const after = knownDisks(inputs) ?? before;
  return {
    withRestart: [
      ...sized("CPUs", spec.cpus, inputs["cpus"]),
      ...sized("MiB of memory", spec.memoryMiB, inputs["memoryMiB"]),
      ...before.flatMap((disk) => moved(disk, after)),
    ],
    online: [
      ...sized("GiB of disk", spec.diskGiB, inputs["diskGiB"]),
      ...after.flatMap((disk) => grown(disk, before, keptDisks)),
    ],
  };
}

function sized(what: string, before: number, after: unknown): readonly string[] {
  return typeof after === "number" && after !== before ? [`${before} → ${after} ${what}`] : [];
}

function moved({ name, mountPath }: DataDisk, after: readonly DataDisk[]): readonly string[] {
  const now = after.find((disk) => disk.name === name);
  if (now === undefined) return [`the data disk ${name} is detached, and kept with the VM as it is`];
  return now.mountPath === mountPath ? [] : [`the data disk ${name} moves from ${mountPath} to ${now.mountPath}`];
}

function grown(
  { name, sizeGiB, mountPath }: DataDisk,
  before: readonly DataDisk[],
  kept: readonly KeptDisk[],
): readonly string[] {
  const isIt = (disk: KeptDisk): boolean => disk.name === name;
  const was = before.find(isIt);
  if (was !== undefined) return sized(`GiB of data disk ${name}`, was.sizeGiB, sizeGiB);
  const origin = kept.some(isIt) ? "with what is on it from before," : "new";
  return [`${sizeGiB} GiB of data disk ${name}, ${origin} at ${mountPath}`];
}

/** What a person is told before a VM that runs is changed; undefined where nothing of it is. */
export function announcementOf({ withRestart, online }: Reshaping): string | undefined {
  if (withRestart.length > 0) return `it restarts, to change: ${[...withRestart, ...online].join("; ")}`;
  return online.length > 0 ? `it grows online and goes on running: ${online.join("; ")}` : undefined;
}

/** The data disks that inputs ask for; undefined where they are not known, or no data disks. */
export function knownDisks(inputs: Properties): readonly DataDisk[] | undefined {
  const given = inputs["dataDisks"];
  if (given === undefined || given === null) return [];
  const parsed = vmInputsSchema.shape.dataDisks.safeParse(given);
  return hasUnknown(given) || !parsed.success ? undefined : parsed.data;
}

/** Data disks in one order, whatever the program's was, and none as one that says so not at all. */
export function withSortedDisks({ dataDisks, ...others }: Properties): Properties {
  if (dataDisks === undefined || dataDisks === null || (isList(dataDisks) && dataDisks.length === 0)) return others;
  if (!isList(dataDisks)) return { ...others, dataDisks };
  const nameOf = (disk: unknown): string => {
    const name = isProperties(disk) ? disk["name"] : undefined;
    return typeof name === "string" ? name : "";
  };
  return { ...others, dataDisks: dataDisks.toSorted((one, other) => (nameOf(one) < nameOf(other) ? -1 : 1)) };
}
