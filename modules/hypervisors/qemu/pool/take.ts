import { link } from "node:fs/promises";
import { join } from "node:path";
import { StackhouseError } from "../../../base/errors.ts";
import { namesIn } from "../../../system/files.ts";
import { imageRecordFile, writeImageRecord } from "../disks/image-record.ts";
import { takenBy, type ProcessRecord, type VmFolder } from "../folder.ts";
import { kindFile, moveMember, waitingMembers } from "./folder.ts";
import type { QemuPorts } from "../ports.ts";
import { findProcess } from "../program/process.ts";
import { takeOver } from "../disks/take-over.ts";

/** A clone that waited, and whose process did not: that says nothing of the others. */
export class MemberEnded extends StackhouseError {
  constructor() {
    super("vm.exited", "its process had ended");
  }
}

/**
 * Gives a VM without an identity the process and the disk of a clone that waits; undefined where none does. The clone's folder becomes `taken`
 * in that of the VM, in one step, and what is in it is linked beside it: its process goes on in the folder that it had, wherever that is.
 * Until the VM has its identity whatever is in `taken` is ended with it. The caller holds the VM's lock.
 *
 * @throws MemberEnded
 */
export async function takeMember(
  folder: VmFolder,
  key: string,
  { home }: QemuPorts,
): Promise<ProcessRecord | undefined> {
  const taken = takenBy(folder);
  for (const member of await waitingMembers(home, key)) {
    if (!(await moveMember(member, taken.path))) continue;
    const found = await findProcess(taken);
    if (found.state !== "running") throw new MemberEnded();
    const names = (await namesIn(taken.path)).filter((name) => !ownOfMembers.includes(name));
    await takeOver(folder, async (place) => {
      for (const name of names) await link(taken.file(name), join(place, name));
      // An older version has made it: what the VM had noted is not of these files.
      if (!names.includes(imageRecordFile)) await writeImageRecord(place, {});
    });
    return found.record;
  }
  return undefined;
}

/** What a VM does not take over. */
const ownOfMembers: readonly string[] = ["identity", kindFile];
