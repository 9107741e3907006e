import { expect, test } from "@jest/globals";
import { cloudHostLife } from "./cloud-host/life.ts";

// In the middle, here alone: it boots and fills another machine, and test/engine has it for each cloud.
await cloudHostLife("aws", ({ up, rewrite, visits, ssh }) => {
  // Of the disks that an EC2 instance has, QEMU can enlarge only this one while it runs: it refuses to for an NVMe disk.
  test("a larger root disk is larger in the machine too, while the app runs", async () => {
    await rewrite("dataVolume: { sizeGiB: 8 }", "diskGiB: 18, dataVolume: { sizeGiB: 8 }");
    await up();
    expect(await ssh("df", "-BG", "--output=size", "/")).toMatch(/^\s*18G$/mu);
    expect(await visits()).toBe(2);
  });
});
