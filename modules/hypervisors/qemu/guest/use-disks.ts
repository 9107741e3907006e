import { messageOf, StackhouseError } from "../../../base/errors.ts";
import { showElapsed } from "../../../base/elapsed.ts";
import type { DriverCall, VmSpec } from "../../driver.ts";
import { disksDocument } from "../../identity.ts";
import { guestDisks, namesOf, noteUsed } from "../disks/data-disks.ts";
import type { VmFolder } from "../folder.ts";
import { startOf } from "./identity.ts";
import { openPorter } from "./porter.ts";
import type { QemuPorts } from "../ports.ts";

/** The guest of a VM that runs cannot use its disks. */
export class DisksNotUsed extends StackhouseError {}

/** A guest that runs needs a second; one that boots listens when its container engine is up. The rest is for busy machines. */
const guestDeadlineMs = 180_000;
/** One that boots listens when it has made the file systems of new disks. */
const newDiskMs = 60_000;

/** Waits until the guest has mounted its disks, and their file systems are as large as they are. */
export async function letGuestUseDisks(
  folder: VmFolder,
  spec: VmSpec,
  ports: QemuPorts,
  call: DriverCall,
): Promise<void> {
  const { diskGiB } = spec;
  const dataDisks = await guestDisks(folder, spec);
  const document = disksDocument({ start: await startOf(folder), diskGiB, dataDisks });
  const answerMs = guestDeadlineMs + newDiskMs * dataDisks.filter(({ isNew }) => isNew).length;
  const waiting = new Set(namesOf(spec));
  const inUse = async (name: string): Promise<void> => {
    await noteUsed(folder, [name]);
    waiting.delete(name);
  };
  const result = await showElapsed(
    () => ["waiting for the guest to use its disks", ...waiting].join(" "),
    { ...call, clock: ports.clock },
    () => tellGuest(folder, { document, answerMs, inUse }, call),
  );
  if (result === "done") {
    // A guest of an older image does not name them one by one.
    await noteUsed(folder, namesOf(spec));
    await folder.noteSettled();
    return;
  }
  if (spec.dataDisks !== undefined) {
    throw new DisksNotUsed("vm.unreachable", `the guest of ${folder.id} is of an image that knows no data disks`, {
      hint: "replace the VM to move it to the image of this version, or take dataDisks away",
    });
  }
  call.progress.warn(`the file system of ${folder.id} grows at its next start: its guest is of an older image`);
}

interface Told {
  readonly document: string;
  /** Longest silence, milliseconds. */
  readonly answerMs: number;
  readonly inUse: (name: string) => Promise<void>;
}

async function tellGuest(
  folder: VmFolder,
  { document, answerMs, inUse }: Told,
  call: DriverCall,
): Promise<"done" | "unknown"> {
  try {
    await using porter = await openPorter(folder.path, { answerMs, signal: call.signal });
    return await porter.useDisks(document, inUse);
  } catch (error) {
    call.signal.throwIfAborted();
    throw new DisksNotUsed("vm.unreachable", `the VM ${folder.id} cannot use its disks: ${messageOf(error)}`, {
      hint: `it runs, and stackhouse host ssh ${folder.id} leads into it; a data disk that is taken away is kept as it is`,
      cause: error,
    });
  }
}
