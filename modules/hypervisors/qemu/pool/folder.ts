import { rename } from "node:fs/promises";
import { join } from "node:path";
import * as z from "zod";
import { isErrno, namesIn, readFileIfPresent, writeFileAtomic } from "../../../system/files.ts";
import type { Home } from "../../../system/home.ts";
import { parseJson } from "../../../system/json.ts";
import { areAlike, type VmKind, type VmSpec } from "../../driver.ts";
import { listVmFolders, vmFolder, type VmFolder } from "../folder.ts";

// A pool is a folder of clones that wait to become VMs, each a folder as that of a VM. A name says what it is: `KEY-N` waits, and is of
// the template with that key; `new-KEY-N` is being made; `end-KEY-N` is being ended. Who renames one that waits has it, and nobody else:
// so it is taken, and ended. What is made or ended is under the lock of its name.

const readyName = /^[0-9a-f]{24}-[0-9a-f]{8}$/u;
const lockOfUnready = /^\.((?:new|end)-[0-9a-f]{24}-[0-9a-f]{8})\.lock$/u;
export const kindFile = "kind.json";
const kindSchema = z.strictObject({
  cpus: z.number(),
  memoryMiB: z.number(),
  diskGiB: z.number(),
  baseImage: z.string(),
  bakedImage: z.string().optional(),
});

/** Whether a name in the pool is that of a clone that waits. */
export function isReady(name: string): boolean {
  return readyName.test(name);
}

/** Folders of clones that wait; with a key, of those of its template. */
export async function waitingMembers({ state }: Home, key = ""): Promise<readonly VmFolder[]> {
  const names = await listVmFolders(state.pool);
  return names.filter((name) => isReady(name) && name.startsWith(key)).map((name) => vmFolder(state.pool, name));
}

/**
 * Folders of clones that are being made or ended, or that a run that was killed has left so. One that was killed when there was no such
 * folder any more has left its lock, under a name that nobody takes again.
 */
export async function unreadyMembers({ state }: Home): Promise<readonly VmFolder[]> {
  const folders = (await listVmFolders(state.pool)).filter((name) => !isReady(name));
  const locked = (await namesIn(state.pool)).flatMap((name) => lockOfUnready.exec(name)?.[1] ?? []);
  return [...new Set([...folders, ...locked])].map((name) => vmFolder(state.pool, name));
}

/** Moves the folder of a clone, with its process, which does not notice. False where it is not there any more: somebody else has it. */
export async function moveMember(from: VmFolder, to: string): Promise<boolean> {
  try {
    await rename(from.path, to);
    return true;
  } catch (error) {
    if (isErrno(error, "ENOENT")) return false;
    throw error;
  }
}

export async function writeKind(member: VmFolder, kind: VmKind): Promise<void> {
  const { cpus, memoryMiB, diskGiB, baseImage, bakedImage } = kind;
  await writeFileAtomic(
    join(member.path, kindFile),
    JSON.stringify({ cpus, memoryMiB, diskGiB, baseImage, bakedImage }),
  );
}

export async function readKind(member: VmFolder): Promise<VmKind | undefined> {
  return kindSchema.safeParse(parseJson((await readFileIfPresent(join(member.path, kindFile))) ?? "")).data;
}

/** How many clones of a kind are to wait: as many as the VM of that kind that asks for most. */
export async function wantedOf(kind: VmKind, home: Home): Promise<number> {
  return Math.max(0, ...(await vmsAskingFor(kind, home)).map(({ pool = 0 }) => pool));
}

/** The VMs that ask for clones of a kind that wait. */
export async function vmsAskingFor(kind: VmKind, home: Home): Promise<readonly VmSpec[]> {
  return (await askingVms(home)).filter((spec) => areAlike(spec, kind));
}

/** The VMs that ask for clones that wait. One whose records are damaged asks for none. */
export async function askingVms({ state }: Home): Promise<readonly VmSpec[]> {
  const ids = await listVmFolders(state.vms);
  const specs = await Promise.all(
    ids.map((id) =>
      vmFolder(state.vms, id)
        .readSpec()
        .catch(() => undefined),
    ),
  );
  return specs.flatMap((spec) => (spec?.pool === undefined || spec.pool === 0 ? [] : [spec]));
}
