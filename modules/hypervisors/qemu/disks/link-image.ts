import { open } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { StackhouseError } from "../../../base/errors.ts";
import {
  imageFileNames,
  imageMadeIn,
  type BaseImage,
  type ImageDigests,
  type ImageFile,
} from "../../../images/index.ts";
import { isErrno } from "../../../system/files.ts";
import { linkOrCopy } from "./link.ts";

/**
 * Links files of an image, all of that very making, to where they are wanted. By way of the open folder: whoever makes the image anew
 * puts another folder into its place.
 *
 * @throws `image.corrupt` where it was taken away, or made anew, since it was found
 */
export async function linkImage(image: BaseImage, places: Readonly<Partial<Record<ImageFile, string>>>): Promise<void> {
  try {
    await using directory = await open(dirname(image.disk));
    const opened = `/proc/self/fd/${directory.fd}`;
    if (!areAlike(await imageMadeIn(opened), image.digests)) throw imageGone(image.key);
    for (const name of imageFileNames) {
      const place = places[name];
      if (place !== undefined) await linkOrCopy(join(opened, basename(image[name])), place);
    }
  } catch (error) {
    throw isErrno(error, "ENOENT") ? imageGone(image.key) : error;
  }
}

function areAlike(one: ImageDigests, other: ImageDigests): boolean {
  return imageFileNames.every((name) => one[name] !== undefined && one[name] === other[name]);
}

export function imageGone(key: string): StackhouseError {
  return new StackhouseError("image.corrupt", `the image ${key} is not in the cache, or is being made anew`, {
    hint: "run stackhouse up: it makes the image anew",
  });
}
