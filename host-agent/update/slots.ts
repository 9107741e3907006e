import { mkdir, open, readlink, rename, symlink } from "node:fs/promises";
import { installPaths, parseSlot, type Slot } from "../../modules/protocol/slots.ts";
import { randomUuid } from "../random.ts";

/** The running slot, as `modules/protocol/slots.ts` lays it out. */
export interface RunningSlot {
  readonly slot: Slot;
  isConfirmed(): Promise<boolean>;
  /** Makes this slot the one that is started from now on. May be repeated. */
  confirm(): Promise<void>;
}

export function runningSlot(install: string, slot: Slot): RunningSlot {
  const { confirmed } = installPaths(install);
  const isConfirmed = async (): Promise<boolean> => parseSlot(await linkTarget(confirmed)) === slot;
  return {
    slot,
    isConfirmed,
    async confirm() {
      if (await isConfirmed()) return;
      await mkdir(install, { recursive: true });
      const temporary = `${install}/.${await randomUuid()}`;
      await symlink(slot, temporary);
      await rename(temporary, confirmed);
      await syncDirectory(install);
    },
  };
}

async function linkTarget(path: string): Promise<string | undefined> {
  try {
    return await readlink(path);
  } catch {
    return undefined; // No link, or no link that can be read: the slot is not confirmed.
  }
}

async function syncDirectory(path: string): Promise<void> {
  const directory = await open(path, "r");
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}
