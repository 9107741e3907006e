import { open } from "node:fs/promises";
import { join } from "node:path";
import { StackhouseError } from "../../../base/errors.ts";
import { madeIn, templateFiles, type VmTemplate } from "../../../images/index.ts";
import { isErrno } from "../../../system/files.ts";
import type { VmFolder } from "../folder.ts";
import { writeImageRecord } from "../disks/image-record.ts";
import { linkOrCopy } from "../disks/link.ts";
import { takeOver } from "../disks/take-over.ts";

/** A template that others have taken away, or made anew, since it was found. */
export class TemplateGone extends StackhouseError {
  constructor(key: string) {
    super("image.corrupt", `the template ${key} was taken away, or made anew, while a VM began as its clone`);
  }
}

/**
 * Gives a VM's folder the files of a template: all of them, and of that very template. Where that cannot be, the folder keeps what it
 * had: the VM boots from it.
 *
 * @throws TemplateGone
 */
export async function linkTemplate(template: VmTemplate, folder: VmFolder): Promise<void> {
  await takeOver(folder, (place) => linkInto(place, template));
}

/** By way of the open folder: whoever makes the template anew puts another folder into its place. */
async function linkInto(place: string, { key, made, folder, memory, digests }: VmTemplate): Promise<void> {
  try {
    await using directory = await open(folder);
    const opened = `/proc/self/fd/${directory.fd}`;
    if ((await madeIn(opened)) !== made) throw new TemplateGone(key);
    for (const name of templateFiles(memory)) await linkOrCopy(join(opened, name), join(place, name));
    await writeImageRecord(place, digests);
  } catch (error) {
    throw isErrno(error, "ENOENT") ? new TemplateGone(key) : error;
  }
}
