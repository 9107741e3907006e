import { describe, expect, it } from "@jest/globals";
import { readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { silentProgress } from "../../modules/base/progress.ts";
import { waitUntil, type Attempt } from "../../modules/base/wait.ts";
import { openMonitor } from "../../modules/hypervisors/qemu/program/qmp.ts";
import { systemClock } from "../../modules/system/clock.ts";
import { call, fakeVms, size, specOf } from "../support/fake-vms.ts";

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

/** A signal that stops a process takes effect a moment later. */
async function halt(pid: number): Promise<void> {
  process.kill(pid, "SIGSTOP");
  const look = async (): Promise<Attempt<undefined>> =>
    / T /u.test(await readFile(`/proc/${pid}/stat`, "utf8"))
      ? { done: true, value: undefined }
      : { done: false, reason: "it runs" };
  await waitUntil(look, { ...call, clock: systemClock, what: "it to be halted", deadlineMs: 10_000, intervalMs: 5 });
}

describe("a VM whose process a signal has stopped", () => {
  it("is halted, with the reason, and its start lets it go on", async () => {
    await haveTemplate();
    const { pid } = await begin("warm");
    await halt(pid);
    expect(await vms.driver.inspect("box", call)).toMatchObject({
      state: "halted",
      reason: "a signal has stopped its process",
    });
    expect((await vms.driver.start("box", call)).pid).toBe(pid);
    expect(await vms.driver.inspect("box", call)).toMatchObject({ state: "running" });
  });

  it.each<[string, () => Promise<void>, string]>([
    ["is paused", () => vms.driver.pause("box", call), "paused"],
    ["hears its power button", () => vms.driver.stop("box", 60_000, call), "stopped"],
  ])("%s nevertheless", async (_what, act, state) => {
    await haveTemplate();
    const { pid } = await begin("warm");
    process.kill(pid, "SIGSTOP");
    await act();
    expect(await vms.driver.inspect("box", call)).toMatchObject({ state });
  });
});

describe("a guest that goes on after it stood still", () => {
  const stopInQemu = async (): Promise<void> => {
    await using monitor = await openMonitor(join(vms.home.state.vms, "box"), call.signal);
    await monitor.execute("stop");
  };
  const failToSave = async (): Promise<void> => {
    await vms.qemu.fail({ on: "clone", at: "query-migrate", does: "refuses", says: "no room", times: 1 });
    await expect(vms.driver.pause("box", call)).rejects.toThrow(/no room/u);
  };

  it.each<[string, (pid: number) => Promise<void>]>([
    ["halted by a signal", halt],
    ["halted, as by a full disk", stopInQemu],
    ["paused", () => vms.driver.pause("box", call)],
    ["to be saved, which failed", failToSave],
  ])("is given the time: it was %s", async (_what, standStill) => {
    await haveTemplate();
    const { pid } = await begin("warm");
    await vms.qemu.fail();
    await standStill(pid);
    await vms.driver.start("box", call);
    expect((await vms.qemu.journal()).filter((line) => line === "clone clock")).toHaveLength(1);
  });
});

describe("a VM that is paused", () => {
  it("has not answered when it goes on, where its guest is silent", async () => {
    await haveTemplate();
    await begin("warm");
    await vms.driver.pause("box", call);
    await vms.qemu.fail({ on: "clone", at: "hello", does: "hangs up" });
    expect((await vms.driver.start("box", call)).answered).toBe(false);
  });

  it("keeps no memory of a pausing that was cut, when it is started", async () => {
    await haveTemplate();
    await begin("warm");
    const memory = join(vms.home.state.vms, "box", "memory");
    await writeFile(memory, "half of it");
    await vms.driver.start("box", call);
    expect(await readdir(join(vms.home.state.vms, "box"))).not.toContain("memory");
  });

  const running = async (): Promise<void> => {
    await haveTemplate();
    await begin("warm");
  };

  it("and cannot be saved goes on only once what it would have gone on with is gone", async () => {
    await haveTemplate();
    const { pid } = await begin("warm");
    await vms.qemu.fail(
      { on: "clone", at: "query-migrate", does: "refuses", says: "no room", times: 1 },
      { on: "clone", at: "query-status", does: "ignores" },
    );
    const pausing = expect(vms.driver.pause("box", call)).rejects.toThrow(/no room/u);
    while (!(await vms.qemu.journal()).includes("clone query-status")) await delay(20);
    expect(await vms.qemu.journal()).toContain("clone cont");
    expect(await readdir(join(vms.home.state.vms, "box"))).not.toContain("memory");
    process.kill(pid, "SIGKILL");
    await pausing;
  });

  it.each(["query-status", "migrate-set-capabilities", "migrate", "query-migrate"])(
    "and whose process is killed at %s is not paused, and starts again",
    async (at) => {
      await running();
      await vms.qemu.fail({ on: "clone", at, does: "dies" });
      await vms.driver.pause("box", call).catch(() => undefined);
      await vms.qemu.fail();
      await vms.driver.start("box", call);
      expect(await vms.driver.inspect("box", call)).toMatchObject({ state: "running" });
      expect(await vms.qemu.living(1)).toBe(1);
    },
  );

  it("is said to be stopped where its process was killed while it was saved, and how it goes on", async () => {
    await running();
    await vms.qemu.fail({ on: "clone", at: "migrate", does: "dies" });
    await expect(vms.driver.pause("box", call)).rejects.toMatchObject({
      code: "vm.exited",
      message: expect.stringMatching(/^the VM box is stopped, not paused: its process ended/u),
      hint: expect.stringContaining("stackhouse host start box boots it"),
    });
    expect(await vms.driver.inspect("box", call)).toMatchObject({ state: "stopped" });
  });

  it("is said to be paused still where its process was killed while it went on", async () => {
    await running();
    await vms.driver.pause("box", call);
    await vms.qemu.fail({ on: "clone", at: "migrate-incoming", does: "dies" });
    await expect(vms.driver.start("box", call)).rejects.toMatchObject({
      code: "vm.exited",
      message: expect.stringMatching(/^the VM box does not go on: /u),
      hint: expect.stringContaining("stackhouse host resume box tries again"),
    });
  });

  it.each([
    ["QEMU does not start it", "vm.exited", "QEMU says why", () => Promise.resolve()],
    [
      "one of its files is gone",
      "vm.damaged",
      "put them back",
      async () => {
        await rm(join(vms.home.state.vms, "box", "kernel"));
        await rm(vms.home.cache.images, { recursive: true });
      },
    ],
  ])("is said to be paused still where %s, beside what to do", async (_what, code, advice, further) => {
    await running();
    await vms.driver.pause("box", call);
    await further();
    await vms.qemu.fail({ on: "clone", at: "launch", does: "refuses", says: "could not open disk image" });
    await expect(vms.driver.start("box", call)).rejects.toMatchObject({
      code,
      details: [expect.stringContaining("could not open disk image")],
      hint: expect.stringMatching(
        new RegExp(`^it is paused still, with its memory: stackhouse host resume box tries again; .*${advice}.*`, "u"),
      ),
    });
    expect(await vms.driver.inspect("box", call)).toMatchObject({ state: "paused" });
  });

  it.each(["launch", "qmp_capabilities", "migrate-incoming", "query-migrate"])(
    "and whose process is killed at %s when it goes on stays paused, and goes on at the next start",
    async (at) => {
      await running();
      await vms.driver.pause("box", call);
      await vms.qemu.fail({ on: "clone", at, does: "dies" });
      await expect(vms.driver.start("box", call)).rejects.toThrow();
      expect(await vms.driver.inspect("box", call)).toMatchObject({ state: "paused" });
      expect(await vms.qemu.living(0)).toBe(0);
      await vms.qemu.fail();
      expect((await vms.driver.start("box", call)).start?.rung).toBe("resumed");
    },
  );

  it.each(["cont", "hello", "clock"])(
    "and whose process is killed at %s, when it has gone on, boots at the next start",
    async (at) => {
      await running();
      await vms.driver.pause("box", call);
      await vms.qemu.fail({ on: "clone", at, does: "dies" });
      await vms.driver.start("box", call).catch(() => undefined);
      expect(await vms.driver.inspect("box", call)).toMatchObject({
        state: "stopped",
        lastExit: { how: "process-ended" },
      });
      await vms.qemu.fail();
      expect((await vms.driver.start("box", call)).start?.rung).toBe("cold");
    },
  );
});

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
