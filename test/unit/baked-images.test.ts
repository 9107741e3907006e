import { expect, test } from "@jest/globals";
import { bakeDiskGiB, bakedKey, type BakeRecipe } from "../../modules/baked-images/key.ts";

const recipe: BakeRecipe = {
  baseImage: "debian-13-0123456789abcdef",
  agent: { script: "s", launcher: "l", unit: "u" },
  cleaning: "rm /etc/machine-id",
  archives: ["one", "two"],
};
const gibibyte = 1024 ** 3;

test("a baked image is named after the image that it stands on", () => {
  expect(bakedKey(recipe)).toMatch(/^debian-13-0123456789abcdef-[0-9a-f]{16}$/u);
});

test.each<[string, Partial<BakeRecipe>, boolean]>([
  ["the same archives in another order", { archives: ["two", "one"] }, true],
  ["another base image", { baseImage: "debian-13-fedcba9876543210" }, false],
  ["another agent", { agent: { script: "s", launcher: "l", unit: "another" } }, false],
  ["another way to clean its guest", { cleaning: "rm /etc/machine-id /etc/hostname" }, false],
  ["an archive less", { archives: ["one"] }, false],
])("its name with %s", (_, change, same) => {
  expect(bakedKey({ ...recipe, ...change }) === bakedKey(recipe)).toBe(same);
});

test("the disk that it is made on has room for the unpacked archives", () => {
  expect(bakeDiskGiB(4 * gibibyte, 0)).toBe(4);
  expect(bakeDiskGiB(4 * gibibyte, 100 * 1024 ** 2)).toBe(5);
});
