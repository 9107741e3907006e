import { describe, expect, it } from "@jest/globals";
import { readFile, rm, writeFile } from "node:fs/promises";
import { createServer, type AddressInfo } from "node:net";
import { once } from "node:events";
import { join } from "node:path";
import { silentProgress } from "../../modules/base/progress.ts";
import { call, fakeVms, size, specOf } from "../support/fake-vms.ts";

const vms = fakeVms();

const own = (name: string): string => join(vms.home.state.vms, "box", name);
const cached = (name: string): string => join(vms.home.cache.images, size.baseImage, name);
const refuses = { on: "boot", at: "launch", does: "refuses", says: "Error while loading elf kernel" } as const;

describe("a VM that QEMU does not start", () => {
  const cold = () => vms.driver.create({ ...specOf("box"), start: "cold" }, call);
  /** As an editor does, which leaves other links to the file alone. */
  const damage = async (path: string): Promise<void> => {
    await rm(path);
    await writeFile(path, "damaged");
  };

  it("has a damaged kernel linked again where the cache has its image whole, and starts", async () => {
    await cold();
    await damage(own("kernel"));
    await vms.qemu.fail({ ...refuses, times: 1 });
    const warnings: string[] = [];
    const progress = { ...silentProgress, warn: (text: string) => void warnings.push(text) };
    await vms.driver.start("box", { ...call, progress });
    expect(await vms.driver.inspect("box", call)).toMatchObject({ state: "running" });
    expect(await readFile(own("kernel"), "utf8")).toBe("kernel");
    expect(warnings).toContain(`${own("kernel")} of the VM box was damaged, and is linked again from the cache`);
  });

  it.each([
    ["is damaged in the cache, too", "kernel", () => damage(cached("kernel"))],
    ["is the disk that its own stands on", "base.qcow2", () => Promise.resolve()],
    ["is the disk that its own stands on, and is gone", "base.qcow2", () => rm(own("base.qcow2"))],
  ])("is named with the file, and with what to do, where that %s", async (_what, name, further) => {
    await cold();
    await damage(own(name));
    await further();
    await vms.qemu.fail(refuses);
    await expect(vms.driver.start("box", call)).rejects.toMatchObject({
      code: "vm.damaged",
      message: `the VM box does not start, as it has damaged files: ${own(name)}`,
      details: [expect.stringContaining("Error while loading elf kernel")],
      hint: expect.stringContaining("stackhouse host rm box removes the VM with its disks"),
    });
  });

  it("though nothing of its image is damaged is named with what QEMU says", async () => {
    await cold();
    await vms.qemu.fail(refuses);
    await expect(vms.driver.start("box", call)).rejects.toMatchObject({
      code: "vm.exited",
      message: "QEMU does not start the VM box",
      details: [expect.stringContaining("Error while loading elf kernel")],
      hint: expect.stringContaining(join(vms.home.state.vms, "box")),
    });
  });
});

describe("a VM that cannot be made as it was to be", () => {
  const data = (sizeGiB: number) => ({
    ...specOf("box"),
    dataDisks: [{ name: "data", sizeGiB, mountPath: "/srv/data" }],
  });

  it("for a data disk is made with a smaller one then: none was there that would shrink", async () => {
    vms.qemu.createErrors.push(undefined, "Could not resize file: File too large");
    await expect(vms.driver.create(data(9000), call)).rejects.toMatchObject({ code: "vm.disk-failed" });
    expect(await vms.driver.inspect("box", call)).not.toHaveProperty("madeDisks");
    await vms.driver.create(data(1), call);
    expect(await vms.driver.inspect("box", call)).toMatchObject({
      spec: { dataDisks: [{ name: "data", sizeGiB: 1 }] },
      madeDisks: [{ name: "data" }],
    });
  });

  it("for a port that somebody has is not there at all", async () => {
    const server = createServer().listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port: hostPort } = server.address() as AddressInfo;
    const forwards = [{ guestPort: 80, protocol: "tcp", hostAddress: "127.0.0.1", hostPort }] as const;
    try {
      await expect(vms.driver.create({ ...specOf("box"), forwards }, call)).rejects.toMatchObject({
        code: "vm.port-taken",
      });
    } finally {
      server.close();
    }
    expect(await vms.driver.list(call)).toEqual([]);
  });
});
