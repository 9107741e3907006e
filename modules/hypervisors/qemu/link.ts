import { constants, copyFile, link } from "node:fs/promises";
import { isErrno } from "../../system/files.ts";

/** Links a file of the cache into a folder, so that it stays when the cache goes; a copy where the cache is on another file system. */
export async function linkOrCopy(from: string, to: string): Promise<void> {
  try {
    await link(from, to);
  } catch (error) {
    if (!["EXDEV", "EPERM", "EMLINK"].some((code) => isErrno(error, code))) throw error;
    await copyFile(from, to, constants.COPYFILE_FICLONE);
  }
}
