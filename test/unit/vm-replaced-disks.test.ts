import { describe, expect, it } from "@jest/globals";
import { readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { silentProgress } from "../../modules/base/progress.ts";
import { openMonitor } from "../../modules/hypervisors/qemu/program/qmp.ts";
import { call, fakeVms, size } from "../support/fake-vms.ts";

const vms = fakeVms();
const { haveTemplate, begin } = vms;

describe("data disks of a VM that is replaced", () => {
  const dataDisks = [
    { name: "cache", sizeGiB: 1, mountPath: "/srv/cache" },
    { name: "data", sizeGiB: 1, mountPath: "/srv/data", retainOnDelete: true },
  ];
  const file = (name: string): string => join(vms.home.state.vms, "box", `data-${name}.qcow2`);

  it("go with it, but for those that are to outlive it: the next VM of that id has these again, and not as new ones", async () => {
    await haveTemplate();
    await begin("warm", "box", { dataDisks });
    await writeFile(file("data"), "precious");
    await writeFile(file("cache"), "hot");
    const said: string[] = [];
    const progress = { ...silentProgress, info: (text: string) => void said.push(text) };
    await vms.driver.destroy("box", { ...call, progress });
    const kept = join(vms.home.state.root, "data-disks", "box", "data-data.qcow2");
    expect(said).toEqual([`its data disk data is kept: ${kept}`]);
    expect(await readFile(kept, "utf8")).toBe("precious");

    await begin("warm", "box", { dataDisks });
    expect(await readFile(file("data"), "utf8")).toBe("precious");
    expect(await readFile(file("cache"), "utf8")).toBe("disk");
    const identity = await readFile(join(vms.home.state.vms, "box", "identity"), "utf8");
    expect(identity).toContain("data-disk cache 1 /srv/cache new");
    expect(identity).toContain("data-disk data 1 /srv/data used");
  });

  it("are kept where the program has dropped them: nobody has said that their data may go", async () => {
    await haveTemplate();
    await begin("warm", "box", { dataDisks });
    await writeFile(file("cache"), "hot");
    const found = await vms.driver.inspect("box", call);
    if (found.state === "absent") throw new Error("the VM is gone");
    await vms.driver.create({ ...found.spec, dataDisks: [] }, call);
    await vms.driver.destroy("box", call);
    const kept = join(vms.home.state.root, "data-disks", "box");
    expect(await readFile(join(kept, "data-cache.qcow2"), "utf8")).toBe("hot");
  });

  it("are kept where a process has had them, though no guest has said that it uses them: they may hold something", async () => {
    await haveTemplate();
    await vms.qemu.fail({ on: "clone", at: "disks", does: "dies" });
    await expect(begin("warm", "box", { dataDisks })).rejects.toThrow();
    await writeFile(file("data"), "precious");
    await vms.driver.destroy("box", call);
    await vms.qemu.fail();
    await begin("warm", "box", { dataDisks });
    expect(await readFile(file("data"), "utf8")).toBe("precious");
    // A guest still makes a file system where there is none.
    expect(await readFile(join(vms.home.state.vms, "box", "identity"), "utf8")).toContain(
      "data-disk data 1 /srv/data new",
    );
  });

  it("are told apart in what is seen of it: those that would outlive it, and those that it would find again", async () => {
    await haveTemplate();
    await begin("warm", "box", { dataDisks });
    expect(await vms.driver.inspect("box", call)).toMatchObject({ outlivingDisks: ["data"] });
    await vms.driver.destroy("box", call);
    expect(await vms.driver.inspect("box", call)).toEqual({
      state: "absent",
      keptDisks: [{ name: "data", sizeGiB: 0 }],
    });
    await begin("warm", "box");
    expect(await vms.driver.inspect("box", call)).toMatchObject({ keptDisks: [{ name: "data", sizeGiB: 0 }] });
  });

  it("go where a removal that was cut has left them: what was to outlive the VM is out of it", async () => {
    await haveTemplate();
    await begin("warm", "box", { dataDisks });
    await vms.driver.kill("box", call);
    await rm(join(vms.home.state.vms, "box", "spec.json"));
    await vms.driver.destroy("box", call);
    expect(await readdir(vms.home.state.root)).not.toContain("data-disks");
  });

  it.each(["spec.json", "data-disks.json"])("are all kept where its %s is damaged, and it says so", async (record) => {
    await haveTemplate();
    await begin("warm", "box", { dataDisks });
    await writeFile(join(vms.home.state.vms, "box", record), "{");
    await expect(vms.driver.inspect("box", call)).rejects.toMatchObject({
      code: "vm.damaged",
      message: expect.stringContaining(record),
      hint: expect.stringContaining("stackhouse host rm box"),
    });
    const said: string[] = [];
    await vms.driver.destroy("box", { ...call, progress: { ...silentProgress, warn: (text) => void said.push(text) } });
    expect(said).toEqual([expect.stringMatching(/is damaged.*: all its data disks are kept/u)]);
    expect(await vms.driver.inspect("box", call)).toMatchObject({
      state: "absent",
      keptDisks: [{ name: "cache" }, { name: "data" }],
    });
    expect(await vms.qemu.living(0)).toBe(0);
  });

  /** Of a VM with such disks, as it is destroyed. */
  const destroyTelling = async (): Promise<readonly string[]> => {
    const warned: string[] = [];
    await vms.driver.destroy("box", {
      ...call,
      progress: { ...silentProgress, warn: (text) => void warned.push(text) },
    });
    return warned;
  };
  const commands = async (): Promise<readonly string[]> =>
    (await vms.qemu.journal()).flatMap((line) => /^clone (cont|system_powerdown)$/u.exec(line)?.[1] ?? []);
  const halt = async (): Promise<void> => {
    await using monitor = await openMonitor(join(vms.home.state.vms, "box"), call.signal);
    await monitor.execute("stop");
  };

  it.each<[string, () => Promise<void>]>([
    ["is paused", () => vms.driver.pause("box", call)],
    ["is halted, as by a full disk", halt],
  ])("have all that its guest has written when it %s: it goes on, and shuts down", async (_what, standStill) => {
    await haveTemplate();
    await begin("warm", "box", { dataDisks });
    await standStill();
    await vms.qemu.fail();
    expect(await destroyTelling()).toEqual([]);
    expect(await commands()).toEqual(["cont", "system_powerdown"]);
    expect(await vms.driver.inspect("box", call)).toMatchObject({ state: "absent", keptDisks: [{ name: "data" }] });
  });

  it("are kept as after a power cut where a paused VM does not go on, and it says so", async () => {
    await haveTemplate();
    await begin("warm", "box", { dataDisks });
    await vms.driver.pause("box", call);
    await vms.qemu.fail({ on: "clone", at: "migrate-incoming", does: "refuses", says: "bad state" });
    expect(await destroyTelling()).toEqual([
      expect.stringMatching(/what it had not written is lost: .* kept as after a power cut \(data\): .*bad state/u),
    ]);
    expect(await vms.driver.inspect("box", call)).toMatchObject({ state: "absent", keptDisks: [{ name: "data" }] });
    expect(await vms.qemu.living(0)).toBe(0);
  });

  it("that no guest has ever had are not kept", async () => {
    const spec = { ...size, id: "box", hostname: "box", hostPrivateKey: "key", authorizedKeys: [], dataDisks };
    await vms.driver.create(spec, call);
    await vms.driver.destroy("box", call);
    expect(await readdir(vms.home.state.root)).not.toContain("data-disks");
  });
});
