import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { StackhouseError } from "../../modules/base/errors.ts";
import { InitFailed } from "../../modules/provider/kit/errors.ts";
import type { Remembered } from "../../modules/provider/kit/resource.ts";
import { callOn } from "../support/provider/calls.ts";
import { startVmWorld, vmCall, type VmWorld } from "../support/provider/vm-world.ts";

let world: VmWorld["world"];
let vm: VmWorld["vm"];
let check: VmWorld["check"];
let up: VmWorld["up"];

beforeEach(async () => {
  ({ world, vm, check, up } = await startVmWorld());
});
afterEach(async () => {
  await world[Symbol.asyncDispose]();
});

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
    const { failures } = await vm.check(undefined, news, vmCall());
    expect(failures.map((failure) => failure.property)).toEqual([property]);
  });
});

describe("create", () => {
  test("an id that another Pulumi stack uses is refused, and nothing of it is touched", async () => {
    await up();
    const other = { ...vmCall(), urn: vmCall().urn.replace(":dev:", ":prod:") };
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
    await vm.update(state, state.inputs, vmCall());
    expect(world.calls.filter((done) => done.startsWith("bake"))).toHaveLength(1);
  });

  test.each(["auto", "warm"] as const)(
    "a VM that starts %s has the agent on its disk, also without archives",
    async (start) => {
      const state = await up({ start });
      expect(world.calls).toEqual(["ensure image-1", "bake image-1 with "]);
      expect(world.driver.vms.get(state.id)?.spec.bakedImage).toBe("image-1-baked");
    },
  );

  test("a VM that boots, and has nothing to preload, stands on the base image", async () => {
    const state = await up({ start: "cold" });
    expect(world.calls).toEqual(["ensure image-1"]);
    expect(world.driver.vms.get(state.id)?.spec.bakedImage).toBeUndefined();
  });

  test("a VM that is there needs nothing of the image cache", async () => {
    const state = await up({ preload: ["app.tar"] });
    world.calls.splice(0);
    world.driver.vms.get(state.id)!.state = "stopped";
    await vm.update(state, state.inputs, vmCall());
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
    const inputs = (await vm.check(undefined, {}, vmCall())).inputs;
    return { id: inputs["vmId"] as string, inputs, outputs: inputs };
  };

  test("is finished by an update, with the keys that it was given", async () => {
    const state = await cut();
    const { outputs } = await up();
    expect(await vm.update(state, state.inputs, vmCall())).toEqual(outputs);
  });

  test("goes with what it has made", async () => {
    const state = await cut();
    await up();
    await vm.delete(state, vmCall());
    expect(world.driver.vms.size + world.identities.size).toBe(0);
  });

  test("is not the one of the same id that somebody else has: that is neither changed nor removed", async () => {
    const state = await cut();
    await vm.create(state.inputs, callOn("Vm", "another"));
    await expect(vm.update(state, state.inputs, vmCall())).rejects.toMatchObject({ code: "input.invalid" });
    await vm.delete(state, vmCall());
    expect(world.driver.vms.has(state.id)).toBe(true);
  });
});

describe("delete", () => {
  test("may be repeated", async () => {
    const state = await up();
    await vm.delete(state, vmCall());
    await vm.delete(state, vmCall());
    expect(world.driver.vms.size + world.identities.size).toBe(0);
  });
});

describe("read", () => {
  test("an import finds everything, the keys of this workstation included", async () => {
    const state = await up({ cpus: 3 });
    const found = await vm.read({ id: state.id, inputs: {}, outputs: {} }, vmCall());
    expect(found).toEqual(state);
  });

  test("a VM of which the keys are not here cannot be imported, and it says why", async () => {
    const state = await up();
    world.identities.clear();
    await expect(vm.read({ id: state.id, inputs: {}, outputs: {} }, vmCall())).rejects.toMatchObject({
      code: "vm.not-found",
      hint: expect.stringMatching(/workstation that made it/u),
    });
  });

  test("a state without the workstation's record has the keys itself", async () => {
    const state = await up();
    world.identities.clear();
    expect(await vm.read(state, vmCall())).toEqual(state);
  });
});
