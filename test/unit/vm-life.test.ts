import { describe, expect, it } from "@jest/globals";
import { readdir, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { silentProgress } from "../../modules/base/progress.ts";
import { call, fakeVms, specOf } from "../support/fake-vms.ts";

const vms = fakeVms();
const { haveTemplate, begin } = vms;

it("a VM with data disks whose template knows none, because it is of an older image, boots, and says why", async () => {
  await haveTemplate();
  await vms.qemu.fail({ on: "clone", at: "disks", does: "ignores" });
  const dataDisks = [{ name: "data", sizeGiB: 1, mountPath: "/srv/data" }];
  expect((await begin("auto", "box", { dataDisks })).start).toMatchObject({
    rung: "cold",
    reason: expect.stringContaining("is of an image that knows no data disks"),
  });
  // That says nothing of VMs that have none.
  expect((await begin("auto", "other")).start?.rung).toBe("template");
});

it("a port that an app has for both protocols stays at each start, and nothing is said of it", async () => {
  const port = { guestPort: 53, hostAddress: "127.0.0.1", hostPort: 0 };
  const both = [
    { ...port, protocol: "tcp" },
    { ...port, protocol: "udp" },
  ] as const;
  await haveTemplate();
  await vms.driver.create(specOf("box"), call);
  const before = await vms.driver.forward("box", "dns", both, call);
  const said: string[] = [];
  const progress = { ...silentProgress, warn: (text: string) => void said.push(text) };
  const { forwards } = await vms.driver.start("box", { ...call, progress });
  expect(said).toEqual([]);
  expect(forwards.filter(({ owner }) => owner === "dns")).toEqual(before);
});

it("a VM's disks, keys and the sockets that lead to its agent and its monitor are its user's alone", async () => {
  await vms.driver.create({ ...specOf("box"), start: "cold" }, call);
  await vms.driver.start("box", call);
  const folder = join(vms.home.state.vms, "box");
  expect(await readdir(folder)).toEqual(expect.arrayContaining(["disk.qcow2", "identity", "porter.sock", "qmp.sock"]));
  expect((await stat(folder)).mode & 0o777).toBe(0o700);
});

describe("forwards that the definition of a VM names", () => {
  const db = { guestPort: 5432, protocol: "tcp", hostAddress: "127.0.0.1", hostPort: 0 } as const;
  const forwardsOf = async (id: string): Promise<readonly (readonly [string, number])[]> => {
    const found = await vms.driver.inspect(id, call);
    return found.state === "absent" ? [] : found.forwards.map(({ owner, guestPort }) => [owner, guestPort] as const);
  };
  const open = async (): Promise<number> =>
    (await vms.qemu.journal()).filter((line) => line.endsWith("human-monitor-command")).length;

  it("are there before it starts, change while it runs, and leave those of others alone", async () => {
    await vms.driver.create({ ...specOf("box"), start: "cold", forwards: [db] }, call);
    expect(await forwardsOf("box")).toEqual([["LocalVm", 5432]]);
    await vms.driver.start("box", call);
    await vms.driver.forward("box", "shop", [{ ...db, guestPort: 80 }], call);
    const before = await open();
    await vms.driver.create({ ...specOf("box"), start: "cold", forwards: [{ ...db, guestPort: 6379 }] }, call);
    expect(await open()).toBeGreaterThan(before);
    expect((await forwardsOf("box")).toSorted()).toEqual([
      ["LocalVm", 6379],
      ["shop", 80],
      ["ssh", 22],
    ]);
    await vms.driver.create({ ...specOf("box"), start: "cold" }, call);
    expect((await forwardsOf("box")).toSorted()).toEqual([
      ["shop", 80],
      ["ssh", 22],
    ]);
  });

  it("are refused where another VM has the port, and so is that of its SSH: nothing of the VM changes then", async () => {
    await vms.driver.create({ ...specOf("other"), forwards: [db] }, call);
    const other = await vms.driver.inspect("other", call);
    const hostPort = other.state === "absent" ? 0 : (other.forwards[0]?.hostPort ?? 0);
    await vms.driver.create({ ...specOf("box"), start: "cold" }, call);
    await expect(
      vms.driver.create({ ...specOf("box"), memoryMiB: 1024, forwards: [{ ...db, hostPort }] }, call),
    ).rejects.toMatchObject({
      code: "vm.port-taken",
      message: expect.stringContaining("leads to LocalVm on the VM other"),
    });
    const ssh = (await vms.driver.start("box", call)).forwards[0]?.hostPort ?? 0;
    await expect(
      vms.driver.create({ ...specOf("box"), forwards: [{ ...db, hostPort: ssh }] }, call),
    ).rejects.toMatchObject({ code: "vm.port-taken", message: expect.stringContaining("leads to ssh on the VM box") });
    expect(await vms.driver.inspect("box", call)).toMatchObject({
      spec: { memoryMiB: 512 },
      forwards: [{ owner: "ssh" }],
    });
  });

  it("do not lead to one that has no identity yet", async () => {
    await haveTemplate();
    await begin("warm");
    // As a run leaves it that was killed before.
    await writeFile(join(vms.home.state.vms, "box", "unborn"), "");
    const before = await open();
    await vms.driver.create({ ...specOf("box"), forwards: [db] }, call);
    expect(await open()).toBe(before);
  });
});

describe("data disks of a VM that runs", () => {
  const dataDisks = [{ name: "data", sizeGiB: 1, mountPath: "/srv/data" }];
  const askedFor = async (what: string): Promise<number> =>
    (await vms.qemu.journal()).filter((line) => line === `clone ${what}`).length;

  it("that its guest was not told of, because that was cut, are told when it has been paused and goes on", async () => {
    await haveTemplate();
    await begin("warm");
    const found = await vms.driver.inspect("box", call);
    if (found.state === "absent") throw new Error("the VM is gone");
    await vms.driver.create({ ...found.spec, dataDisks }, call);
    await vms.qemu.fail({ on: "clone", at: "disks", does: "hangs up", times: 1 });
    await expect(vms.driver.resize("box", call)).rejects.toMatchObject({ code: "vm.unreachable" });
    await vms.driver.pause("box", call);
    expect((await vms.driver.start("box", call)).start?.rung).toBe("resumed");
    expect(await askedFor("disks")).toBe(2);

    await vms.driver.pause("box", call);
    await vms.driver.start("box", call);
    expect(await askedFor("disks")).toBe(2);
    expect(await askedFor("device_add")).toBe(1);
  });
});

describe("a VM whose boot.json is gone", () => {
  it("does not boot without its kernel arguments: it says what is gone, and no process is left", async () => {
    await vms.driver.create({ ...specOf("box"), start: "cold" }, call);
    await rm(join(vms.home.state.vms, "box", "boot.json"));
    await expect(vms.driver.start("box", call)).rejects.toMatchObject({
      code: "vm.damaged",
      message: expect.stringMatching(/boot\.json of the VM box is gone/u),
      hint: expect.stringContaining("stackhouse host rm box"),
    });
    expect(await vms.qemu.living(0)).toBe(0);
  });
});
