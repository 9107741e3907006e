import { constants } from "node:fs";
import { access, stat } from "node:fs/promises";
import { resolve } from "node:path";
import { messageOf } from "../../../base/errors.ts";
import { isErrno } from "../../../system/files.ts";
import type { Call, CheckFailure } from "../../kit/resource.ts";
import { isList, type Properties, type Value } from "../../kit/values.ts";
import type { BaseImages } from "../../ports.ts";

/** What a new VM cannot be made of: said in the preview. One that is there has all that it was made from. */
export async function missingParts(
  images: BaseImages,
  { baseImage, preload }: Properties,
  call: Call,
): Promise<readonly CheckFailure[]> {
  return [...(await missingImage(images, baseImage, call)), ...(await missingArchives(preload))];
}

async function missingImage(images: BaseImages, key: Value | undefined, call: Call): Promise<readonly CheckFailure[]> {
  if (typeof key !== "string") return [];
  const problem = await images.problemWith(key, call);
  return problem === undefined ? [] : [{ property: "baseImage", reason: `${problem.reason} → ${problem.hint}` }];
}

async function missingArchives(preload: Value | undefined): Promise<readonly CheckFailure[]> {
  const failures: CheckFailure[] = [];
  for (const [index, path] of (isList(preload) ? preload : []).entries()) {
    const reason = typeof path === "string" ? await problemWithArchive(resolve(path)) : undefined;
    if (reason !== undefined) failures.push({ property: `preload[${index}]`, reason });
  }
  return failures;
}

async function problemWithArchive(path: string): Promise<string | undefined> {
  const toMake = "docker save, or debianImages, makes one";
  try {
    if (!(await stat(path)).isFile()) return `${path} is no file, and so no image archive; ${toMake}`;
    await access(path, constants.R_OK);
    return undefined;
  } catch (error) {
    if (isErrno(error, "ENOENT") || isErrno(error, "ENOTDIR")) return `there is no image archive ${path}; ${toMake}`;
    if (isErrno(error, "EACCES")) return `the image archive ${path} cannot be read: ${messageOf(error)}`;
    throw error;
  }
}
