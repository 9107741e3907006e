import { describe, expect, test } from "@jest/globals";
import { seedDisk } from "../support/clouds/machines/seed-disk.ts";

const sector = 2048;

/** Files of an ISO 9660 image, as ECMA-119 says where they are. */
function filesIn(image: Buffer): Readonly<Record<string, string>> {
  const root = image.readUInt32LE(16 * sector + 158) * sector;
  const files: Record<string, string> = {};
  for (let at = root; image.readUInt8(at) > 0; at += image.readUInt8(at)) {
    if ((image.readUInt8(at + 25) & 2) !== 0) continue;
    const name = image.toString("latin1", at + 33, at + 33 + image.readUInt8(at + 32));
    const start = image.readUInt32LE(at + 2) * sector;
    files[name] = image.toString("utf8", start, start + image.readUInt32LE(at + 10));
  }
  return files;
}

describe("the seed disk of an emulated machine", () => {
  test("has the label that cloud-init's NoCloud looks for", () => {
    const descriptor = seedDisk({ "user-data": "" }).subarray(16 * sector);
    expect(descriptor.toString("latin1", 1, 6)).toBe("CD001");
    expect(descriptor.toString("latin1", 40, 72).trimEnd()).toBe("cidata");
  });

  test("holds its files whole, whatever their length", () => {
    const long = "ä".repeat(5_000);
    expect(filesIn(seedDisk({ "user-data": long, "meta-data": "{}", empty: "" }))).toEqual({
      "USER-DATA.;1": long,
      "META-DATA.;1": "{}",
      "EMPTY.;1": "",
    });
  });
});
