import type { Check } from "../check.ts";
import { isUnknown } from "../../unknown.ts";

/** Warns of images whose name may stand for another image tomorrow: `latest`, or no tag at all. */
export function warnOfFloatingTags({ draft, warning }: Check): void {
  for (const [name, { image = "" }] of Object.entries(draft.services ?? {})) {
    if (image === "" || isUnknown(image)) continue;
    const tag = tagOf(image);
    if (tag !== undefined && tag !== "latest") continue;
    warning(["services", name, "image"], {
      code: "floating-tag",
      message: `the image of services.${name} ${tag === undefined ? "has no tag, which means latest" : "has the tag latest"}: another one may come with the next pull`,
      hint: "name a version, as in nginx:1.29, or a digest",
    });
  }
}

/** The tag of an image's name; that of one with a digest is its digest, which stands for one image for ever. */
function tagOf(image: string): string | undefined {
  if (image.includes("@")) return image.slice(image.indexOf("@"));
  const [, tag] = /:([^/:]*)$/.exec(image) ?? [];
  return tag;
}
