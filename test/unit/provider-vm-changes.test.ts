import { describe, expect, test } from "@jest/globals";
import { unknownValue, type Properties } from "../../modules/provider/kit/values.ts";
import { linesOf } from "../support/provider/calls.ts";
import { dataDisk, vmCall, vmWorld } from "../support/provider/vm-world.ts";

const own = vmWorld();
const { check, up } = own;

describe("what a diff says of a VM that is there", () => {
  test.each<[string, Properties, readonly string[]]>([
    [
      "more CPUs and memory",
      { cpus: 4, memoryMiB: 4096 },
      ["it restarts, to change: 2 → 4 CPUs; 2048 → 4096 MiB of memory"],
    ],
    ["a larger disk", { diskGiB: 32 }, ["it grows online and goes on running: 16 → 32 GiB of disk"]],
    [
      "a larger and a new data disk",
      { dataDisks: [dataDisk("data", 20), dataDisk("logs")] },
      [
        "it grows online and goes on running: 10 → 20 GiB of data disk data; 10 GiB of data disk logs, new at /srv/logs",
      ],
    ],
    [
      "a data disk less, and more disk on the way",
      { diskGiB: 32, dataDisks: [] },
      ["it restarts, to change: the data disk data is detached, and kept with the VM as it is; 16 → 32 GiB of disk"],
    ],
    [
      "a data disk that comes back",
      { dataDisks: [dataDisk("data"), dataDisk("kept")] },
      ["it grows online and goes on running: 10 GiB of data disk kept, with what is on it from before, at /srv/kept"],
    ],
    ["a replacement", { hostname: "other" }, ["it is replaced, and what is on its data disks goes with it: data"]],
    ["nothing", {}, []],
  ])("%s", async (_name, change, said) => {
    const state = await up({ dataDisks: [dataDisk("data")] });
    own.world.driver.keptDisks.push({ name: "kept", sizeGiB: 10 });
    const heard: string[] = [];
    const note = (text: string): void => void heard.push(text);
    const progress = { status: () => undefined, info: note, warn: note };
    const news = await check({ dataDisks: [dataDisk("data")], ...change }, state.inputs);
    await own.vm.diff(state, news, { ...vmCall(), progress });
    expect(heard).toEqual(said);
  });
});

test("a diff says which data disks a replacement takes away, and which come back", async () => {
  const state = await up({ dataDisks: [dataDisk("cache"), { ...dataDisk("data"), retainOnDelete: true }] });
  const heard: string[] = [];
  const note = (text: string): void => void heard.push(text);
  const news = { ...state.inputs, hostname: "other" };
  await own.vm.diff(state, news, { ...vmCall(), progress: { status: () => undefined, info: note, warn: note } });
  expect(heard).toEqual([
    "it is replaced, and what is on its data disks goes with it: cache",
    "it is replaced, and has its data disks again: data",
  ]);
});

describe("diff", () => {
  test.each([
    ["nothing", {}, []],
    ["more CPUs", { cpus: 4 }, ["update cpus"]],
    ["less memory", { memoryMiB: 1024 }, ["update memoryMiB"]],
    ["a larger disk", { diskGiB: 32 }, ["update diskGiB"]],
    ["a smaller disk", { diskGiB: 8 }, ["replace diskGiB"]],
    ["another hostname", { hostname: "other" }, ["replace hostname"]],
    ["another image", { baseImage: "image-2" }, ["replace baseImage"]],
    ["a further login key", { authorizedKeys: ["ssh-ed25519 AAAA me"] }, ["replace authorizedKeys[0]"]],
    ["other archives to preload", { preload: ["other.tar"] }, []],
    ["another way to begin", { start: "cold" }, []],
    ["CPUs that are not known yet", { cpus: unknownValue }, ["update cpus"]],
  ] as const)("%s", async (_name, change, lines) => {
    const state = await up();
    const diff = await own.vm.diff(state, { ...state.inputs, ...change }, vmCall());
    expect(linesOf(diff)).toEqual(lines);
    expect(diff.deleteBeforeReplace).toBe(true);
  });

  test("a VM that does not run is an update, one whose disk is gone a replacement", async () => {
    const state = await up();
    own.world.driver.vms.get(state.id)!.state = "stopped";
    expect(linesOf(await own.vm.diff(state, state.inputs, vmCall()))).toEqual(["update state"]);
    own.world.driver.vms.clear();
    expect(linesOf(await own.vm.diff(state, state.inputs, vmCall()))).toEqual(["replace state"]);
  });
});

describe("preview of an update", () => {
  test("the connection stays known where the VM keeps running", async () => {
    const state = await up();
    const outputs = await own.vm.update(state, state.inputs, { ...vmCall(), preview: true });
    expect(outputs["connection"]).toEqual(state.outputs["connection"]);
  });

  test("how it started is known where it keeps running, and not yet where it restarts", async () => {
    const state = await up();
    const startup = { rung: "cold", reason: "it was asked for", tookMs: 1 };
    const started = { ...state, outputs: { ...state.outputs, startup } };
    const preview = { ...vmCall(), preview: true };
    expect((await own.vm.update(started, state.inputs, preview))["startup"]).toEqual(startup);
    expect((await own.vm.update(started, { ...state.inputs, cpus: 4 }, preview))["startup"]).toBe(unknownValue);
  });

  test("it is unknown where the VM restarts: nobody may dial it meanwhile", async () => {
    const state = await up();
    const outputs = await own.vm.update(state, { ...state.inputs, cpus: 4 }, { ...vmCall(), preview: true });
    expect(outputs["connection"]).toBe(unknownValue);
    expect(outputs["hostId"]).toBe(state.outputs["hostId"]);
  });
});

describe("a pool", () => {
  test("of no clones is none", async () => {
    expect(await check({ pool: 0 })).toEqual(await check({}));
  });

  test("is filled when the run is over, each time that such a VM has come up", async () => {
    await up({ pool: 2 });
    expect(own.world.filled).toMatchObject([{ cpus: 2, memoryMiB: 2048 }]);
    expect(own.world.driver.vms.get("shop-dev-box")?.spec.pool).toBe(2);
  });

  test("of another size is an update, which leaves the VM as it is", async () => {
    const state = await up({ pool: 2 });
    const news = await check({ pool: 3 });
    const { changes } = await own.vm.diff(state, news, vmCall());
    expect(changes).toMatchObject([{ path: ["pool"], kind: "update", replace: false }]);
    const { pid } = (await own.world.driver.inspect("shop-dev-box", vmCall())) as { pid: number };
    await own.vm.update(state, news, vmCall());
    expect(own.world.driver.calls).not.toContain("stop shop-dev-box");
    expect(await own.world.driver.inspect("shop-dev-box", vmCall())).toMatchObject({
      state: "running",
      pid,
      spec: { pool: 3 },
    });
  });

  test("is read back", async () => {
    const state = await up({ pool: 2 });
    expect((await own.vm.read(state, vmCall()))?.inputs).toMatchObject({ pool: 2 });
  });
});

test.each<[string, Properties | undefined, number, boolean]>([
  ["a new one", undefined, 999_999, true],
  ["one that runs with less", { memoryMiB: 2048 }, 999_999, true],
  ["one that has it", { memoryMiB: 999_999 }, 999_999, false],
])(
  "memory that the workstation does not have is refused before anything is done to %s",
  async (_what, before, memoryMiB, isRefused) => {
    const previous = before === undefined ? undefined : { ...(await check({})), ...before };
    const { failures } = await own.vm.check(previous, { memoryMiB }, vmCall());
    expect(failures.map(({ property }) => property)).toEqual(isRefused ? ["memoryMiB"] : []);
  },
);
