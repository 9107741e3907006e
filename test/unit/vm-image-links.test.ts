import { describe, expect, it } from "@jest/globals";
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { linkImage } from "../../modules/hypervisors/qemu/disks/link-image.ts";
import { wholeBaseImage, type BaseImage } from "../../modules/images/index.ts";
import { storeImage } from "../../modules/images/store.ts";
import { discard } from "../../modules/system/cache.ts";
import { fakeVms, size } from "../support/fake-vms.ts";

const vms = fakeVms();
const key = size.baseImage;

async function makeAnew(): Promise<void> {
  await storeImage(vms.home, key, async (folder) => {
    for (const name of ["kernel", "initrd", "disk.qcow2", "packages"]) await writeFile(join(folder, name), "another");
    return { recipe: {}, kernelArguments: [], diskBytes: 1024 ** 3, node: { version: "24", sha256: "0" } };
  });
}

async function found(): Promise<BaseImage> {
  const image = await wholeBaseImage(vms.home, key);
  if (image === undefined) throw new Error("there is no image");
  return image;
}

async function link(image: BaseImage): Promise<string> {
  const place = join(vms.place.path, "vm");
  await mkdir(place);
  const [kernel = "", initrd = "", disk = ""] = ["kernel", "initrd", "base"].map((name) => join(place, name));
  await linkImage(image, { kernel, initrd, disk });
  return place;
}

describe("the files of a VM's image", () => {
  it("are linked from the image that was found", async () => {
    const place = await link(await found());
    const contents = ["kernel", "initrd", "base"].map((name) => readFile(join(place, name), "utf8"));
    expect(await Promise.all(contents)).toEqual(["kernel", "initrd", "disk.qcow2"]);
  });

  it.each<[string, () => Promise<void>]>([
    ["made anew", makeAnew],
    ["taken away", () => discard(join(vms.home.cache.images, key))],
  ])(
    "are none where it was %s since it was found: no VM has the kernel of one making and the disk of another",
    async (_what, happen) => {
      const image = await found();
      await happen();
      await expect(link(image)).rejects.toMatchObject({ code: "image.corrupt", message: expect.stringContaining(key) });
      expect(await readdir(join(vms.place.path, "vm"))).toEqual([]);
    },
  );
});
