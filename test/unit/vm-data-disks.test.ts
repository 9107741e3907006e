import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { readdir, writeFile, readFile, mkdir } from "node:fs/promises";
import { silentProgress } from "../../modules/base/progress.ts";
import { problemWith, type DataDisk } from "../../modules/hypervisors/data-disks.ts";
import type { DriverCall, VmSpec } from "../../modules/hypervisors/driver.ts";
import {
  fitDisks,
  freePlaces,
  growDisks,
  guestDisks,
  makeDataDisks,
  noteUsed,
  placesOf,
} from "../../modules/hypervisors/qemu/disks/data-disks.ts";
import { vmFolder, type VmFolder } from "../../modules/hypervisors/qemu/folder.ts";
import type { QemuPorts } from "../../modules/hypervisors/qemu/ports.ts";
import { systemClock } from "../../modules/system/clock.ts";
import type { Runner } from "../../modules/system/exec.ts";
import { homeFrom } from "../../modules/system/home.ts";
import { testFolder, type TestFolder } from "../support/folder.ts";
import { withMonitor, type Answer } from "../support/qmp.ts";

const disk = (name: string, changes: Partial<DataDisk> = {}): DataDisk => ({
  name,
  sizeGiB: 1,
  mountPath: `/srv/${name}`,
  ...changes,
});

describe("data disks that a VM cannot have", () => {
  it.each<[string, readonly DataDisk[], string | undefined]>([
    ["none", [], undefined],
    ["some", [disk("data"), disk("logs", { mountPath: "/home" })], undefined],
    ["a name that no serial number can be", [disk("a-name-of-21-letters-x")], "is no name for a data disk"],
    ["a name in capital letters", [disk("Data")], "is no name for a data disk"],
    ["more than a file can have", [disk("data", { sizeGiB: 1e7 })], "has 16384 GiB at most"],
    ["half a GiB", [disk("data", { sizeGiB: 0.5 })], "has whole GiB, not 0.5"],
    ["a path that starts anywhere", [disk("data", { mountPath: "srv" })], "is mounted at an absolute path"],
    ["the root", [disk("data", { mountPath: "/" })], "is mounted at an absolute path"],
    ["a path upwards", [disk("data", { mountPath: "/srv/../etc" })], "is mounted at an absolute path"],
    ["a path with a space", [disk("data", { mountPath: "/srv/a b" })], "is mounted at an absolute path"],
    ["a folder of the system", [disk("data", { mountPath: "/var/lib/docker" })], "/var is the system's"],
    ["one name twice", [disk("data"), disk("data", { mountPath: "/srv/b" })], "there are two data disks data"],
    ["one path twice", [disk("a", { mountPath: "/srv" }), disk("b", { mountPath: "/srv" })], "one in the other"],
    ["one in the other", [disk("a", { mountPath: "/srv" }), disk("b", { mountPath: "/srv/b" })], "one in the other"],
    ["more than fit", Array.from({ length: 21 }, (_, index) => disk(`d${index}`)), "has 20 data disks at most"],
  ])("%s", (_what, disks, problem) => {
    if (problem === undefined) expect(problemWith(disks)).toBeUndefined();
    else expect(problemWith(disks)).toContain(problem);
  });
});

let place: TestFolder;
let folder: VmFolder;
let ports: QemuPorts;
const made: string[] = [];
const call: DriverCall = { signal: AbortSignal.timeout(10_000), progress: silentProgress };

/** A program that makes the file it is told to. */
const runner: Runner = {
  async exec(_program, args, { cwd = "" } = {}) {
    const file = args.at(-2) ?? "";
    made.push(file);
    await writeFile(`${cwd}/${file}`, "empty");
    return { exitCode: 0, stdout: "", stderr: "" };
  },
};

beforeEach(async () => {
  made.splice(0);
  place = await testFolder();
  folder = vmFolder(place.path, "box");
  await mkdir(folder.path);
  ports = { home: homeFrom({ STACKHOUSE_HOME: place.path }), runner, clock: systemClock };
});
afterEach(async () => {
  await place[Symbol.asyncDispose]();
});

const make = (...dataDisks: readonly DataDisk[]): Promise<void> => makeDataDisks(folder, { dataDisks }, ports, call);

describe("files of data disks", () => {
  it("are made once: one that comes back is as it was", async () => {
    await make(disk("data"), disk("logs"));
    await writeFile(folder.file("data-data.qcow2"), "precious");
    await make(disk("logs"));
    await make(disk("data"), disk("logs"));
    expect(made).toEqual(["data-data.qcow2.new", "data-logs.qcow2.new"]);
    expect(await readFile(folder.file("data-data.qcow2"), "utf8")).toBe("precious");
    expect((await readdir(folder.path)).filter((name) => name.endsWith(".new"))).toEqual([]);
  });

  it("have places on the bus that nobody else gets, also when they are away", async () => {
    await make(disk("b"));
    await make(disk("a"));
    await make(disk("c"), disk("a"));
    expect(await placesOf(folder, ["a", "b", "c"])).toEqual([
      { name: "a", place: 1 },
      { name: "b", place: 0 },
      { name: "c", place: 2 },
    ]);
  });

  it("are new until a guest has had them, and never again", async () => {
    const dataDisks = [disk("data"), disk("logs")];
    const areNew = async (): Promise<readonly boolean[]> =>
      (await guestDisks(folder, { dataDisks })).map(({ isNew }) => isNew);
    await make(...dataDisks);
    expect(await areNew()).toEqual([true, true]);
    await noteUsed(folder, ["data"]);
    await make(disk("logs"));
    await make(...dataDisks);
    expect(await areNew()).toEqual([false, true]);
  });

  it("that were dropped take up room while a process may have them, and the error names them; then no more", async () => {
    const all = Array.from({ length: 20 }, (_, index) => disk(`d${index}`));
    await make(...all);
    await expect(make(disk("more"))).rejects.toMatchObject({
      code: "input.invalid",
      hint: expect.stringContaining("d0, d1"),
    });
    await freePlaces(folder, { dataDisks: all.slice(1) });
    await make(...all.slice(1), disk("more"));
    expect(await placesOf(folder, ["more", "d1"])).toEqual([
      { name: "more", place: 0 },
      { name: "d1", place: 1 },
    ]);
  });

  it.each([
    ["read", "info", "disk.qcow2 cannot be read"],
    ["made larger", "resize", "data-data.qcow2 cannot grow to 2 GiB"],
  ])("that cannot be %s are an error that says so, and shows why", async (_what, failing, message) => {
    await make(disk("data"));
    const failed = { exitCode: 1, stdout: "", stderr: "qemu-img: Image is corrupt" };
    const smaller = { exitCode: 0, stdout: JSON.stringify({ "virtual-size": 1024 ** 3 }), stderr: "" };
    const exec: Runner["exec"] = async (_program, [doing]) => (doing === failing ? failed : smaller);
    const growing = growDisks(
      folder,
      { diskGiB: 1, dataDisks: [disk("data", { sizeGiB: 2 })] },
      { ...ports, runner: { exec } },
      call,
    );
    await expect(growing).rejects.toMatchObject({
      code: "vm.disk-failed",
      message: `the VM box: ${message}`,
      details: ["qemu-img: Image is corrupt"],
    });
  });

  it("of an older version have the places that it gave them, and are as used as it knew", async () => {
    const older = [
      { name: "b", used: true },
      { name: "a", used: false },
    ];
    await writeFile(folder.file("data-disks.json"), JSON.stringify(older));
    expect(await folder.readDataDisks()).toEqual([
      { name: "b", given: true, used: true, place: 0 },
      { name: "a", given: false, used: false, place: 1 },
    ]);
  });
});

describe("the disks of a process", () => {
  const gib = 1024 ** 3;
  const spec = { diskGiB: 8, dataDisks: [disk("data", { sizeGiB: 2 }), disk("logs")] } as unknown as VmSpec;

  /** QEMU with these disks, of so many GiB. */
  function qemu(disks: Readonly<Record<string, number>>): Answer {
    const nodes = new Map(Object.entries(disks));
    const devices = new Set([...nodes.keys()].filter((name) => name !== "d0"));
    return ({ execute, arguments: args = {} }) => {
      const name = String(args["node-name"]);
      if (execute === "blockdev-add") nodes.set(name, 1);
      if (execute === "block_resize") nodes.set(name, Number(args["size"]) / gib);
      if (execute === "device_add") devices.add(String(args["id"]));
      const list = [...nodes].map(([node, size]) => ({ "node-name": node, image: { "virtual-size": size * gib } }));
      const answers: Record<string, unknown> = {
        "query-named-block-nodes": list,
        "qom-list": [
          { name: "vs0" },
          ...[...devices].map((device) => ({ name: device, type: "child<virtio-blk-pci>" })),
        ],
      };
      return [JSON.stringify({ return: answers[execute] ?? {} })];
    };
  }

  it.each<[string, Readonly<Record<string, number>>, readonly string[]]>([
    ["are left alone where they are right", { d0: 8, "data-data": 2, "data-logs": 1 }, []],
    ["are not made smaller, and none is taken away", { d0: 9, "data-data": 2, "data-logs": 1, "data-old": 1 }, []],
    ["grow", { d0: 4, "data-data": 1, "data-logs": 1 }, ["block_resize d0 8", "block_resize data-data 2"]],
    [
      "are attached, and those with a smaller file grow before the guest sees them",
      { d0: 8 },
      [
        "blockdev-add data-data",
        "blockdev-add data-logs",
        "block_resize data-data 2",
        "device_add data-data",
        "device_add data-logs",
      ],
    ],
  ])("%s", async (_what, before, expected) => {
    await make(...(spec.dataDisks ?? []));
    await withMonitor(qemu(before), async (monitor, said) => {
      expect(await fitDisks(folder, spec, monitor)).toBe(expected.length > 0);
      const commands = said.flatMap((line) => {
        const { execute, arguments: args = {} } = JSON.parse(line) as {
          execute: string;
          arguments?: Record<string, unknown>;
        };
        if (!/^(block|device)/u.test(execute)) return [];
        const size = args["size"] === undefined ? [] : [Number(args["size"]) / gib];
        return [[execute, args["node-name"] ?? args["id"], ...size].join(" ")];
      });
      expect(commands).toEqual(expected);
      // Until the guest was told, whoever comes next has to.
      expect(await fitDisks(folder, spec, monitor)).toBe(expected.length > 0);
      await folder.noteSettled();
      expect(await fitDisks(folder, spec, monitor)).toBe(false);
    });
  });
});
