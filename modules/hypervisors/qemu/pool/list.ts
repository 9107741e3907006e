import { readFile } from "node:fs/promises";
import { areAlike, type Pool, type PoolMember, type VmKind } from "../../driver.ts";
import type { VmFolder } from "../folder.ts";
import { askingVms, readKind, waitingMembers, wantedOf } from "./folder.ts";
import type { QemuPorts } from "../ports.ts";
import { findProcess } from "../program/process.ts";

/** The pools that VMs ask for, and those in which clones wait whose process lives. */
export async function listPools({ home }: QemuPorts): Promise<readonly Pool[]> {
  const members = (await Promise.all((await waitingMembers(home)).map(look))).flat();
  const kinds: VmKind[] = [];
  for (const kind of [...(await askingVms(home)), ...members.map((one) => one.kind)]) {
    if (!kinds.some((known) => areAlike(known, kind))) kinds.push(kindOf(kind));
  }
  return await Promise.all(
    kinds.map(async (kind) => ({
      kind,
      wanted: await wantedOf(kind, home),
      waiting: members.filter((one) => areAlike(one.kind, kind)).map(({ member }) => member),
    })),
  );
}

function kindOf({ cpus, memoryMiB, diskGiB, baseImage, bakedImage }: VmKind): VmKind {
  return { cpus, memoryMiB, diskGiB, baseImage, ...(bakedImage === undefined ? {} : { bakedImage }) };
}

async function look(folder: VmFolder): Promise<readonly { readonly member: PoolMember; readonly kind: VmKind }[]> {
  const [kind, found] = [await readKind(folder), await findProcess(folder)];
  if (kind === undefined || found.state !== "running") return [];
  const { pid } = found.record;
  return [{ kind, member: { name: folder.id, pid, memoryMiB: await heldMiB(pid) } }];
}

/** Source: proc_pid_smaps(5), Pss. 0 for a process that is gone. */
async function heldMiB(pid: number): Promise<number> {
  const text = await readFile(`/proc/${pid}/smaps_rollup`, "utf8").catch(() => "");
  return Math.round(Number(/^Pss:\s+(\d+) kB$/mu.exec(text)?.[1] ?? 0) / 1024);
}
