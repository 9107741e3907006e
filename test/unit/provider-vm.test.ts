import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { StackhouseError } from "../../modules/base/errors.ts";
import { silentProgress } from "../../modules/base/progress.ts";
import { InitFailed } from "../../modules/provider/kit/errors.ts";
import type { Remembered, Resource } from "../../modules/provider/kit/resource.ts";
import { unknownValue, type Properties } from "../../modules/provider/kit/values.ts";
import { vmResource } from "../../modules/provider/resources/vm/resource.ts";
import { callOn, linesOf } from "../support/provider/calls.ts";
import { startWorld, type TestWorld } from "../support/provider/world.ts";

let world: TestWorld;
let vm: Resource;

beforeEach(async () => {
  world = await startWorld();
  vm = vmResource(world.ports);
});
afterEach(async () => {
  await world[Symbol.asyncDispose]();
});

const call = (): ReturnType<typeof callOn> => callOn("Vm", "box");
const check = async (news: Properties, previous?: Properties): Promise<Properties> => {
  const checked = await vm.check(previous, news, call());
  expect(checked.failures).toEqual([]);
  return checked.inputs;
};
const up = async (news: Properties = {}): Promise<Remembered> => {
  const inputs = await check(news);
  return { inputs, ...(await vm.create(inputs, call())) };
};

describe("check", () => {
  test("gives defaults, and an id that is the same in every run", async () => {
    expect(await check({})).toEqual({
      vmId: "shop-dev-box",
      hostname: "shop-dev-box",
      cpus: 2,
      memoryMiB: 2048,
      diskGiB: 16,
      baseImage: "image-1",
      authorizedKeys: [],
      preload: [],
      start: "auto",
    });
  });

  test("keeps id and base image of the state: a newer Stackhouse does not replace a VM by surprise", async () => {
    const previous = await check({ vmId: "old" });
    world.ports.images.current = async () => "image-2";
    expect(await check({}, previous)).toMatchObject({ vmId: "old", baseImage: "image-1" });
    expect(await check({})).toMatchObject({ baseImage: "image-2" });
  });

  test.each([
    ["memoryMiB", { memoryMiB: 64 }],
    ["cpus", { cpus: 0 }],
    ["diskGiB", { diskGiB: 3 }],
    ["vmId", { vmId: "Not An Id", hostname: "mine" }],
    ["colour", { colour: "red" }],
    ["dataDisks", { dataDisks: [{ name: "data", sizeGiB: 1, mountPath: "/etc" }] }],
    ["pool", { pool: 17 }],
    ["pool", { pool: -1 }],
  ])("refuses a wrong %s by name", async (property, news) => {
    const { failures } = await vm.check(undefined, news, call());
    expect(failures.map((failure) => failure.property)).toEqual([property]);
  });
});

describe("a pool", () => {
  test("of no clones is none", async () => {
    expect(await check({ pool: 0 })).toEqual(await check({}));
  });

  test("is filled when the run is over, each time that such a VM has come up", async () => {
    await up({ pool: 2 });
    expect(world.filled).toMatchObject([{ cpus: 2, memoryMiB: 2048 }]);
    expect(world.driver.vms.get("shop-dev-box")?.spec.pool).toBe(2);
  });

  test("of another size is an update, which leaves the VM as it is", async () => {
    const state = await up({ pool: 2 });
    const news = await check({ pool: 3 });
    const { changes } = await vm.diff(state, news, call());
    expect(changes).toMatchObject([{ path: ["pool"], kind: "update", replace: false }]);
    const { pid } = (await world.driver.inspect("shop-dev-box", call())) as { pid: number };
    await vm.update(state, news, call());
    expect(world.driver.calls).not.toContain("stop shop-dev-box");
    expect(await world.driver.inspect("shop-dev-box", call())).toMatchObject({
      state: "running",
      pid,
      spec: { pool: 3 },
    });
  });

  test("is read back", async () => {
    const state = await up({ pool: 2 });
    expect((await vm.read(state, call()))?.inputs).toMatchObject({ pool: 2 });
  });
});

describe("forwards", () => {
  const web = { guestPort: 80, hostPort: 8080, protocol: "tcp", hostAddress: "127.0.0.1" };

  test("are the same in any order and however much they say, and none is like an empty list", async () => {
    const whole = await check({ forwards: [{ ...web, guestPort: 53, hostPort: 5353, protocol: "udp" }, web] });
    const short = [
      { guestPort: 80, hostPort: 8080 },
      { guestPort: 53, hostPort: 5353, protocol: "udp" },
    ];
    expect(await check({ forwards: short })).toEqual(whole);
    expect(await check({ forwards: [] })).toEqual(await check({}));
  });

  test.each<[string, readonly Properties[], string]>([
    ["a port of another program", [{ ...web, hostPort: 812 }], "nginx, process 812, listens there"],
    [
      "one port twice",
      [web, { ...web, guestPort: 81 }],
      "8080/tcp of the workstation cannot lead to port 80 and to port 81",
    ],
    [
      "one port at an address and at all",
      [web, { ...web, guestPort: 81, hostAddress: "0.0.0.0" }],
      "8080/tcp of the workstation cannot lead to",
    ],
    ["any port twice", [{ guestPort: 80 }, { guestPort: 80 }], "80/tcp of the VM is forwarded twice"],
    ["a port that is none", [{ guestPort: 70_000 }], "70000 is no port"],
    ["an address that QEMU does not listen at", [{ ...web, hostAddress: "::1" }], "forwarded from IPv4 addresses"],
  ])("are refused before anything is made: %s", async (_what, forwards, reason) => {
    world.driver.takenPorts.add(812);
    const { failures } = await vm.check(undefined, { forwards }, call());
    expect(failures).toEqual([{ property: "forwards", reason: expect.stringContaining(reason) }]);
  });

  test("that a VM has are not taken: it has them itself", async () => {
    const state = await up({ forwards: [web] });
    world.driver.takenPorts.add(8080);
    expect(await check({ forwards: [web] }, state.inputs)).toEqual(state.inputs);
  });

  test("that the VM has which this one is to replace are not taken: it goes before", async () => {
    await up({ vmId: "before", forwards: [web] });
    world.driver.takenPorts.add(8080);
    // Of a replacement the engine asks without what was before.
    expect(await check({ vmId: "after", forwards: [web] })).toMatchObject({ vmId: "after", forwards: [web] });
  });

  test("are there with the VM, with the ports that were chosen, and read back as they were asked for", async () => {
    const state = await up({ forwards: [web, { guestPort: 5432 }] });
    const bound = state.outputs["forwards"] as readonly { hostPort: number; guestPort: number }[];
    expect(bound.map(({ guestPort }) => guestPort)).toEqual([80, 5432]);
    expect(bound[0]?.hostPort).toBe(8080);
    expect(bound[1]?.hostPort).toBeGreaterThan(0);
    expect((await vm.read(state, call()))?.inputs).toEqual(state.inputs);
  });

  test("change in place: the VM goes on, with the port that was chosen before, and without those that are gone", async () => {
    const state = await up({ forwards: [web, { guestPort: 5432 }] });
    const [, before] = state.outputs["forwards"] as readonly unknown[];
    const news = await check({ forwards: [{ guestPort: 5432 }] }, state.inputs);
    const diff = await vm.diff(state, news, call());
    expect(diff.changes.every(({ replace }) => !replace)).toBe(true);
    expect(diff.changes).not.toEqual([]);
    const preview = await vm.update(state, news, { ...call(), preview: true });
    expect(preview).toMatchObject({ forwards: [before], connection: state.outputs["connection"] });
    expect(await vm.update(state, news, call())).toMatchObject({ forwards: [before] });
    expect(world.driver.calls).not.toContain("stop shop-dev-box");
    const last = await vm.update(state, await check({}, state.inputs), call());
    expect(last["forwards"]).toBeUndefined();
    expect(world.driver.vms.get(state.id)?.forwards.map(({ owner }) => owner)).toEqual(["ssh"]);
  });

  test("whose port is left open have one that is not known before the VM is there", async () => {
    const { outputs } = await vm.create(await check({ forwards: [web] }), { ...call(), preview: true });
    expect(outputs["forwards"]).toEqual([web]);
    const open = await vm.create(await check({ forwards: [{ guestPort: 80 }] }), { ...call(), preview: true });
    expect(open.outputs).not.toHaveProperty("forwards");
  });
});

const disk = (name: string, sizeGiB = 10, mountPath = `/srv/${name}`): Properties => ({ name, sizeGiB, mountPath });

describe("data disks", () => {
  test("are the same in any order, and none is like an empty list", async () => {
    const one = await check({ dataDisks: [disk("a"), disk("b")] });
    expect(await check({ dataDisks: [disk("b"), disk("a")] })).toEqual(one);
    expect(await check({ dataDisks: [] })).not.toHaveProperty("dataDisks");
  });

  test("do not shrink: check says so, and what to do instead", async () => {
    const previous = await check({ dataDisks: [disk("data", 20)] });
    const { failures } = await vm.check(previous, { dataDisks: [disk("data", 10)] }, call());
    expect(failures).toEqual([
      {
        property: "dataDisks",
        reason:
          "the data disk data has 20 GiB and cannot shrink to 10 GiB: a smaller one is another disk, with another name",
      },
    ]);
  });

  test("that are kept from before do not shrink either", async () => {
    world.driver.keptDisks.push({ name: "data", sizeGiB: 20 });
    const { failures } = await vm.check(undefined, { dataDisks: [disk("data", 10)] }, call());
    expect(failures).toEqual([
      { property: "dataDisks", reason: expect.stringContaining("the data disk data has 20 GiB and cannot shrink") },
    ]);
  });

  test("that an earlier VM has left are announced before a new one has them", async () => {
    world.driver.keptDisks.push({ name: "data", sizeGiB: 20 }, { name: "other", sizeGiB: 1 });
    const heard: string[] = [];
    const progress = { ...silentProgress, info: (text: string) => void heard.push(text) };
    await vm.create(await check({ dataDisks: [disk("data", 20), disk("logs")] }), {
      ...call(),
      preview: true,
      progress,
    });
    expect(heard).toEqual(["it has data disks that an earlier VM of its id has left, with what is on them: data"]);
  });

  test("that are new or grow reach a VM that runs, which is not stopped for them", async () => {
    const state = await up({ dataDisks: [disk("data")] });
    world.driver.calls.splice(0);
    const news = await check({ diskGiB: 32, dataDisks: [disk("data", 20), disk("logs")] }, state.inputs);
    const outputs = await vm.update(state, news, { ...call(), preview: true });
    expect(outputs["connection"]).toEqual(state.outputs["connection"]);
    await vm.update(state, news, call());
    expect(world.driver.calls).toEqual(["create shop-dev-box", "start shop-dev-box", "resize shop-dev-box"]);
    expect(world.driver.vms.get(state.id)?.spec.dataDisks).toEqual(news["dataDisks"]);
  });

  test("that are taken away or move restart it", async () => {
    for (const dataDisks of [[], [disk("data", 10, "/srv/elsewhere")]]) {
      const state = await up({ dataDisks: [disk("data")] });
      world.driver.calls.splice(0);
      await vm.update(state, await check({ dataDisks }, state.inputs), call());
      expect(world.driver.calls.slice(0, 3)).toEqual([
        "stop shop-dev-box",
        "create shop-dev-box",
        "start shop-dev-box",
      ]);
      await vm.delete(state, call());
    }
  });

  test("of a VM that boots are asked for, because a guest that cannot mount them boots nevertheless", async () => {
    const { driver } = world;
    driver.resize = async () => {
      throw new StackhouseError("vm.unreachable", "the data disk data: no such file system");
    };
    await expect(up({ dataDisks: [disk("data")] })).rejects.toMatchObject({ cause: { code: "vm.unreachable" } });
  });
});

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
      { dataDisks: [disk("data", 20), disk("logs")] },
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
      { dataDisks: [disk("data"), disk("kept")] },
      ["it grows online and goes on running: 10 GiB of data disk kept, with what is on it from before, at /srv/kept"],
    ],
    ["a replacement", { hostname: "other" }, ["it is replaced, and what is on its data disks goes with it: data"]],
    ["nothing", {}, []],
  ])("%s", async (_name, change, said) => {
    const state = await up({ dataDisks: [disk("data")] });
    world.driver.keptDisks.push({ name: "kept", sizeGiB: 10 });
    const heard: string[] = [];
    const note = (text: string): void => void heard.push(text);
    const progress = { status: () => undefined, info: note, warn: note };
    const news = await check({ dataDisks: [disk("data")], ...change }, state.inputs);
    await vm.diff(state, news, { ...call(), progress });
    expect(heard).toEqual(said);
  });
});

test("a diff says which data disks a replacement takes away, and which come back", async () => {
  const state = await up({ dataDisks: [disk("cache"), { ...disk("data"), retainOnDelete: true }] });
  const heard: string[] = [];
  const note = (text: string): void => void heard.push(text);
  const news = { ...state.inputs, hostname: "other" };
  await vm.diff(state, news, { ...call(), progress: { status: () => undefined, info: note, warn: note } });
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
    const diff = await vm.diff(state, { ...state.inputs, ...change }, call());
    expect(linesOf(diff)).toEqual(lines);
    expect(diff.deleteBeforeReplace).toBe(true);
  });

  test("a VM that does not run is an update, one whose disk is gone a replacement", async () => {
    const state = await up();
    world.driver.vms.get(state.id)!.state = "stopped";
    expect(linesOf(await vm.diff(state, state.inputs, call()))).toEqual(["update state"]);
    world.driver.vms.clear();
    expect(linesOf(await vm.diff(state, state.inputs, call()))).toEqual(["replace state"]);
  });
});

describe("preview of an update", () => {
  test("the connection stays known where the VM keeps running", async () => {
    const state = await up();
    const outputs = await vm.update(state, state.inputs, { ...call(), preview: true });
    expect(outputs["connection"]).toEqual(state.outputs["connection"]);
  });

  test("how it started is known where it keeps running, and not yet where it restarts", async () => {
    const state = await up();
    const startup = { rung: "cold", reason: "it was asked for", tookMs: 1 };
    const started = { ...state, outputs: { ...state.outputs, startup } };
    const preview = { ...call(), preview: true };
    expect((await vm.update(started, state.inputs, preview))["startup"]).toEqual(startup);
    expect((await vm.update(started, { ...state.inputs, cpus: 4 }, preview))["startup"]).toBe(unknownValue);
  });

  test("it is unknown where the VM restarts: nobody may dial it meanwhile", async () => {
    const state = await up();
    const outputs = await vm.update(state, { ...state.inputs, cpus: 4 }, { ...call(), preview: true });
    expect(outputs["connection"]).toBe(unknownValue);
    expect(outputs["hostId"]).toBe(state.outputs["hostId"]);
  });
});

describe("create", () => {
  test("an id that another Pulumi stack uses is refused, and nothing of it is touched", async () => {
    await up();
    const other = { ...call(), urn: call().urn.replace(":dev:", ":prod:") };
    const inputs = await check({});
    await expect(vm.create(inputs, other)).rejects.toMatchObject({
      code: "input.invalid",
      details: [expect.stringMatching(/^it belongs to urn:pulumi:dev/u)],
    });
    expect(world.driver.calls).toEqual(["create shop-dev-box", "start shop-dev-box"]);
  });

  test("the VM of a run that was killed is taken over with its keys", async () => {
    const lost = await up();
    const again = await up();
    expect(again.outputs).toEqual(lost.outputs);
    expect(world.driver.calls.filter((done) => done.startsWith("destroy"))).toEqual([]);
  });

  test("a VM with archives to preload starts from a baked image, and only a new one does", async () => {
    const state = await up({ preload: ["app.tar"] });
    expect(world.calls).toEqual(["ensure image-1", "bake image-1 with app.tar"]);
    expect(world.driver.vms.get(state.id)?.spec.bakedImage).toBe("image-1-baked");
    world.driver.vms.get(state.id)!.state = "stopped";
    await vm.update(state, state.inputs, call());
    expect(world.calls.filter((done) => done.startsWith("bake"))).toHaveLength(1);
  });

  test("a VM that is there needs nothing of the image cache", async () => {
    const state = await up({ preload: ["app.tar"] });
    world.calls.splice(0);
    world.driver.vms.get(state.id)!.state = "stopped";
    await vm.update(state, state.inputs, call());
    expect(world.calls).toEqual([]);
  });

  test("what a VM cannot be looked at for does not hide why it failed", async () => {
    world.driver.startError = new StackhouseError("vm.qemu-missing", "QEMU is not installed");
    const { driver } = world;
    const inspect = driver.inspect.bind(driver);
    driver.inspect = async (id, driverCall) => {
      if (driver.calls.some((done) => done.startsWith("start"))) throw new Error("the disk is gone");
      return inspect(id, driverCall);
    };
    await expect(up()).rejects.toMatchObject({ code: "vm.qemu-missing" });
  });

  test("keys are written down before the VM is made", async () => {
    const { driver } = world;
    const create = driver.create.bind(driver);
    let known = false;
    driver.create = async (spec, driverCall) => {
      known = world.identities.get(spec.id)?.hostPrivateKey === spec.hostPrivateKey;
      await create(spec, driverCall);
    };
    await up();
    expect(known).toBe(true);
  });

  test("a failure before there is a VM leaves nothing behind", async () => {
    world.ports.images.ensure = async () => {
      throw new StackhouseError("image.build-failed", "no mirror");
    };
    await expect(up()).rejects.toMatchObject({ code: "image.build-failed" });
    expect(world.identities.size + world.driver.vms.size).toBe(0);
  });

  test("a VM that does not start is saved as far as it got", async () => {
    world.driver.startError = new StackhouseError("vm.qemu-missing", "QEMU is not installed");
    const error: unknown = await up().catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(InitFailed);
    expect((error as InitFailed).outputs).toMatchObject({
      state: "stopped",
      hostId: expect.stringMatching(/^SHA256:/u),
    });
    expect((error as InitFailed).outputs).not.toHaveProperty("connection");
  });

  test("a VM that ends while it starts is told from one that stays silent", async () => {
    world.driver.serial.push("init: no such disk");
    world.ssh = (signal) =>
      new Promise((_resolve, reject) => {
        world.driver.vms.get("shop-dev-box")!.state = "stopped";
        signal.addEventListener("abort", () => {
          reject(new Error("aborted"));
        });
      });
    await expect(up()).rejects.toMatchObject({
      cause: { code: "vm.exited", details: ["init: no such disk"] },
    });
  });

  test("a host key that does not match is refused as such", async () => {
    world.ssh = async () => {
      throw new StackhouseError("ssh.host-key-mismatch", "not the key");
    };
    await expect(up()).rejects.toMatchObject({ cause: { code: "ssh.host-key-mismatch" } });
  });
});

describe("a VM whose create was cut", () => {
  /** As the engine takes it for made: all that is known of it are its inputs. */
  const cut = async (): Promise<Remembered> => {
    const inputs = (await vm.check(undefined, {}, call())).inputs;
    return { id: inputs["vmId"] as string, inputs, outputs: inputs };
  };

  test("is finished by an update, with the keys that it was given", async () => {
    const state = await cut();
    const { outputs } = await up();
    expect(await vm.update(state, state.inputs, call())).toEqual(outputs);
  });

  test("goes with what it has made", async () => {
    const state = await cut();
    await up();
    await vm.delete(state, call());
    expect(world.driver.vms.size + world.identities.size).toBe(0);
  });

  test("is not the one of the same id that somebody else has: that is neither changed nor removed", async () => {
    const state = await cut();
    await vm.create(state.inputs, callOn("Vm", "another"));
    await expect(vm.update(state, state.inputs, call())).rejects.toMatchObject({ code: "input.invalid" });
    await vm.delete(state, call());
    expect(world.driver.vms.has(state.id)).toBe(true);
  });
});

describe("delete", () => {
  test("may be repeated", async () => {
    const state = await up();
    await vm.delete(state, call());
    await vm.delete(state, call());
    expect(world.driver.vms.size + world.identities.size).toBe(0);
  });
});

describe("read", () => {
  test("an import finds everything, the keys of this workstation included", async () => {
    const state = await up({ cpus: 3 });
    const found = await vm.read({ id: state.id, inputs: {}, outputs: {} }, call());
    expect(found).toEqual(state);
  });

  test("a VM of which the keys are not here cannot be imported, and it says why", async () => {
    const state = await up();
    world.identities.clear();
    await expect(vm.read({ id: state.id, inputs: {}, outputs: {} }, call())).rejects.toMatchObject({
      code: "vm.not-found",
      hint: expect.stringMatching(/workstation that made it/u),
    });
  });

  test("a state without the workstation's record has the keys itself", async () => {
    const state = await up();
    world.identities.clear();
    expect(await vm.read(state, call())).toEqual(state);
  });
});
