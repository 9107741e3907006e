import { describe, expect, it } from "@jest/globals";
import { readdir, readFile, rm, writeFile } from "node:fs/promises";
import { createServer, type AddressInfo } from "node:net";
import { once } from "node:events";
import { join } from "node:path";
import { silentProgress } from "../../modules/base/progress.ts";
import { storeImage } from "../../modules/images/store.ts";
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

  /** As after the image has left the cache, and was made again: its key is that of what it is made from. */
  const makeImageAnew = async (): Promise<void> => {
    await storeImage(vms.home, size.baseImage, async (folder) => {
      for (const name of ["kernel", "initrd", "disk.qcow2", "packages"]) {
        await writeFile(join(folder, name), `${name}, made anew`);
      }
      return { recipe: {}, kernelArguments: [], diskBytes: 1024 ** 3, node: { version: "24", sha256: "0" } };
    });
  };
  /** As versions have left it that noted nothing of the image. */
  const forgetImage = () => rm(own("image.json"));

  it.each([
    ["damaged kernel", "kernel", "kernel", () => Promise.resolve()],
    ["damaged kernel, of which nobody noted what it was,", "kernel", "kernel", forgetImage],
    ["damaged disk that its own stands on", "base.qcow2", "disk.qcow2", () => Promise.resolve()],
    ["lost disk that its own stands on", "base.qcow2", "disk.qcow2", () => rm(own("base.qcow2"))],
  ])("has a %s linked again where the cache has its image whole, and starts", async (_what, name, text, further) => {
    await cold();
    await damage(own(name));
    await further();
    await vms.qemu.fail({ ...refuses, times: 1 });
    const warnings: string[] = [];
    const progress = { ...silentProgress, warn: (text: string) => void warnings.push(text) };
    await vms.driver.start("box", { ...call, progress });
    expect(await vms.driver.inspect("box", call)).toMatchObject({ state: "running" });
    expect(await readFile(own(name), "utf8")).toBe(text);
    expect(warnings).toContain(`${own(name)} of the VM box was damaged, and is linked again from the cache`);
  });

  it.each([
    ["is damaged in the cache, too", "kernel", () => damage(cached("kernel"))],
    ["is of another making in the cache", "kernel", makeImageAnew],
    ["is the disk that its own stands on, and of another making in the cache", "base.qcow2", makeImageAnew],
    [
      "is gone, and nobody noted what it was",
      "base.qcow2",
      async () => {
        await forgetImage();
        await rm(own("base.qcow2"));
      },
    ],
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

  it("is not looked into any further when its run is cut", async () => {
    await cold();
    await vms.qemu.fail(refuses);
    const cut = new AbortController();
    const status = (text: string): void => {
      if (text.startsWith("looking for damaged files")) cut.abort();
    };
    const progress = { ...silentProgress, status };
    await expect(vms.driver.start("box", { progress, signal: cut.signal })).rejects.toThrow(/abort/u);
    expect(cut.signal.aborted).toBe(true);
  });

  it.each([
    ["", cold],
    [
      ", and the cache has another making of it,",
      async () => {
        await cold();
        await makeImageAnew();
      },
    ],
    [
      ", and the cache has another making of it, and nobody noted what it was,",
      async () => {
        await cold();
        await makeImageAnew();
        await forgetImage();
      },
    ],
    [
      " as a template had it, and the cache has another making of it,",
      async () => {
        await vms.haveTemplate();
        await makeImageAnew();
        expect(await vms.begin("warm")).toMatchObject({ start: { rung: "template" } });
        expect(await readFile(own("base.qcow2"), "utf8")).toBe("disk.qcow2");
        await vms.driver.stop("box", 0, call);
      },
    ],
    [
      " as a clone of the pool had it that an older version has made, and the cache has another making of it,",
      async () => {
        await vms.haveTemplate();
        await vms.begin("warm", "first", { pool: 1 });
        await vms.driver.fillPool(size, call);
        const [member = ""] = (await readdir(vms.home.state.pool)).filter((name) => !name.startsWith("."));
        await rm(join(vms.home.state.pool, member, "image.json"));
        await makeImageAnew();
        expect(await vms.begin("warm")).toMatchObject({ start: { rung: "pool" } });
        await vms.driver.stop("box", 0, call);
      },
    ],
  ])("though nothing of its image%s is damaged is named with what QEMU says", async (_what, make) => {
    await make();
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
