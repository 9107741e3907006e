import { constants, copyFile, link } from "node:fs/promises";
import { messageOf, StackhouseError } from "../../../base/errors.ts";
import { isErrno } from "../../../system/files.ts";

/** Links a file of the cache into a folder, so that it stays when the cache goes; a copy where the cache is on another file system. */
export async function linkOrCopy(from: string, to: string): Promise<void> {
  try {
    await link(from, to);
  } catch (error) {
    if (!["EXDEV", "EPERM", "EMLINK"].some((code) => isErrno(error, code))) throw error;
    await copy(from, to);
  }
}

async function copy(from: string, to: string): Promise<void> {
  try {
    await copyFile(from, to, constants.COPYFILE_FICLONE);
  } catch (error) {
    if (!isErrno(error, "ENOSPC")) throw error;
    throw new StackhouseError("vm.disk-full", "the disk of this workstation is full", {
      details: [messageOf(error)],
      hint: "free some, or set STACKHOUSE_HOME to a folder on another disk",
      cause: error,
    });
  }
}
