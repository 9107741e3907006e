import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { StackhouseError } from "../../modules/base/errors.ts";
import type { Properties } from "../../modules/provider/kit/values.ts";
import { mintKeyPair } from "../../modules/ssh/keys.ts";
import { InitFailed } from "../../modules/provider/kit/errors.ts";
import type { Remembered } from "../../modules/provider/kit/resource.ts";
import { testFolder, type TestFolder } from "../support/folder.ts";
import { callOn } from "../support/provider/calls.ts";
import { vmCall, vmWorld } from "../support/provider/vm-world.ts";

const own = vmWorld();
const { check, up } = own;

let place: TestFolder;
let archive: string;

beforeEach(async () => {
  place = await testFolder();
  archive = join(place.path, "app.tar");
  await writeFile(archive, "images");
});
afterEach(async () => {
  await place[Symbol.asyncDispose]();
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
    own.world.ports.images.current = async () => "image-2";
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
    ["cpus", { cpus: 256 }],
    ["diskGiB", { diskGiB: 1e9 }],
    ["dataDisks", { dataDisks: [{ name: "data", sizeGiB: 1e7, mountPath: "/srv/data" }] }],
    ["authorizedKeys[0]", { authorizedKeys: ["garbage"] }],
  ])("refuses a wrong %s by name", async (property, news) => {
    const { failures } = await own.vm.check(undefined, news, vmCall());
    expect(failures.map((failure) => failure.property)).toEqual([property]);
  });
});

describe("check of a VM that is to be made", () => {
  const failuresOf = async (news: Properties, previous?: Properties) =>
    (await own.vm.check(previous, news, vmCall())).failures;

  test.each(["nope", "../../etc", "debian-13-0000000000000000"])(
    "refuses the base image %s, which is not there, and says what to do",
    async (baseImage) => {
      expect(await failuresOf({ baseImage })).toEqual([
        { property: "baseImage", reason: expect.stringMatching(/is not in the cache → leave it out$/u) },
      ]);
    },
  );

  test("refuses archives to preload that are not there, each by its place", async () => {
    expect(await failuresOf({ preload: [archive, "/nope.tar", place.path] })).toEqual([
      { property: "preload[1]", reason: expect.stringMatching(/^there is no image archive \/nope\.tar; /u) },
      { property: "preload[2]", reason: expect.stringMatching(/ is no file, /u) },
    ]);
  });

  test("tells all that is wrong with it at once", async () => {
    const failures = await failuresOf({ baseImage: "nope", preload: ["/nope.tar"], memoryMiB: 1e9 });
    expect(failures.map(({ property }) => property)).toEqual(["memoryMiB", "baseImage", "preload[0]"]);
  });

  test("asks nothing of the kind for one that is there: it has all that it was made from", async () => {
    const state = await up({ preload: [archive], baseImage: "image-2" });
    own.world.images.clear();
    expect(await failuresOf({ preload: ["/nope.tar"], baseImage: "image-2" }, state.inputs)).toEqual([]);
  });
});

describe("authorized keys", () => {
  const { publicKey } = mintKeyPair("me@home");
  const { publicKey: other } = mintKeyPair("you@home");

  test("are the same with the line break at the end of a file: a VM is not replaced for that", async () => {
    const state = await up({ authorizedKeys: [publicKey] });
    const news = await check({ authorizedKeys: [`${publicKey}\n`] }, state.inputs);
    expect(news).toEqual(state.inputs);
    const older = { ...state, inputs: { ...state.inputs, authorizedKeys: [`${publicKey}\n`] } };
    expect((await own.vm.diff(older, news, vmCall())).changes).toEqual([]);
  });

  test.each([
    ["lines of a file", [publicKey, "", "# of the others", ` ${other} `, ""]],
    ["a whole file", [`# of the team\n${publicKey}\n\n  # of the others\r\n${other}\r\n`]],
  ])("may be %s, with empty lines and comments, and a VM that has them so stays", async (_what, authorizedKeys) => {
    const bare = await check({ authorizedKeys });
    expect(bare).toMatchObject({ authorizedKeys: [publicKey, other] });
    const state = await up({ authorizedKeys: [publicKey, other] });
    const older = { ...state, inputs: { ...state.inputs, authorizedKeys } };
    own.world.driver.vms.get(state.id)!.state = "stopped";
    const call = vmCall();
    const { changes } = await own.vm.diff(older, bare, call);
    expect(changes).toEqual([expect.objectContaining({ path: ["state"], replace: false })]);
    expect(call.said.join("\n")).not.toContain("replaced");
    expect((await own.vm.diff(older, await check({ authorizedKeys: [publicKey] }), vmCall())).changes).toContainEqual(
      expect.objectContaining({ path: ["authorizedKeys", 1], replace: true }),
    );
  });

  test.each([
    ["behind a comment", ["# of the team", publicKey, "", "garbage"], "authorizedKeys[3]", /you@home$/u],
    ["in a whole file", [publicKey, `# of others\n${other}\ngarbage\n`], "authorizedKeys[1]", /\(its line 3\)$/u],
  ])("that are none are told by their place in the program: %s", async (_what, authorizedKeys, property, reason) => {
    const { failures } = await own.vm.check(undefined, { authorizedKeys }, vmCall());
    expect(failures).toEqual([{ property, reason: expect.stringMatching(reason) }]);
  });

  test("are not repeated in what is said against them: it may be a private one", async () => {
    const { privateKey } = mintKeyPair();
    const { failures } = await own.vm.check(undefined, { authorizedKeys: [publicKey, privateKey] }, vmCall());
    expect(failures).toEqual([
      { property: "authorizedKeys[1]", reason: expect.stringMatching(/^is a private key: give the public one/u) },
    ]);
  });
});

describe("create", () => {
  test("an id that another Pulumi stack uses is refused, and nothing of it is touched", async () => {
    await up();
    const other = { ...vmCall(), urn: vmCall().urn.replace(":dev:", ":prod:") };
    const inputs = await check({});
    await expect(own.vm.create(inputs, other)).rejects.toMatchObject({
      code: "input.invalid",
      details: [expect.stringMatching(/^it belongs to urn:pulumi:dev/u)],
    });
    expect(own.world.driver.calls).toEqual(["create shop-dev-box", "start shop-dev-box"]);
  });

  test("the VM of a run that was killed is taken over with its keys", async () => {
    const lost = await up();
    const again = await up();
    expect(again.outputs).toEqual(lost.outputs);
    expect(own.world.driver.calls.filter((done) => done.startsWith("destroy"))).toEqual([]);
  });

  test("a VM with archives to preload starts from a baked image, and only a new one does", async () => {
    const state = await up({ preload: [archive] });
    expect(own.world.calls).toEqual(["ensure image-1", "bake image-1 with app.tar"]);
    expect(own.world.driver.vms.get(state.id)?.spec.bakedImage).toBe("image-1-baked");
    own.world.driver.vms.get(state.id)!.state = "stopped";
    await own.vm.update(state, state.inputs, vmCall());
    expect(own.world.calls.filter((done) => done.startsWith("bake"))).toHaveLength(1);
  });

  test.each(["auto", "warm"] as const)(
    "a VM that starts %s has the agent on its disk, also without archives",
    async (start) => {
      const state = await up({ start });
      expect(own.world.calls).toEqual(["ensure image-1", "bake image-1 with "]);
      expect(own.world.driver.vms.get(state.id)?.spec.bakedImage).toBe("image-1-baked");
    },
  );

  test("a VM without archives stands on the base image where no image with the agent can be had, and says why", async () => {
    own.world.ports.images.bake = async () => {
      throw new StackhouseError("lock.held", "another run is at work: pid 7");
    };
    const call = vmCall();
    const { id } = await own.vm.create(await check({}), call);
    expect(own.world.driver.vms.get(id)).toMatchObject({ state: "running" });
    expect(own.world.driver.vms.get(id)?.spec.bakedImage).toBeUndefined();
    expect(call.said).toContain(
      "warn it gets its agent once it runs, as there is no image with one: another run is at work: pid 7",
    );
  });

  test("an image with the agent that cannot be baked is tried once in a run, and each VM says why it has none", async () => {
    const tried: string[] = [];
    own.world.ports.images.bake = async (key, { archives }) => {
      tried.push(`${key} with ${archives.join()}`);
      throw new StackhouseError("image.build-failed", "the guest said no");
    };
    const one = callOn("Vm", "one");
    const other = callOn("Vm", "other");
    await Promise.all([
      own.vm.create(await check({ vmId: "one" }), one),
      own.vm.create(await check({ vmId: "other" }), other),
    ]);
    expect(tried).toEqual(["image-1 with "]);
    const none = "warn it gets its agent once it runs, as there is no image with one: ";
    expect([...one.said, ...other.said]).toEqual(
      expect.arrayContaining([
        `${none}the guest said no`,
        `${none}another VM of this run has tried to bake it: the guest said no`,
      ]),
    );
    const third = await check({ vmId: "third", preload: [archive] });
    await expect(own.vm.create(third, callOn("Vm", "third"))).rejects.toMatchObject({ message: "the guest said no" });
    expect(tried).toHaveLength(2);
  });

  test("an image with archives that cannot be had is an error, and leaves nothing behind", async () => {
    own.world.ports.images.bake = async () => {
      throw new StackhouseError("image.build-failed", "the guest said no");
    };
    await expect(up({ preload: [archive] })).rejects.toMatchObject({ code: "image.build-failed" });
    expect(own.world.identities.size + own.world.driver.vms.size).toBe(0);
  });

  test("a VM whose making was cut while its image was baked is not made without one", async () => {
    const cut = new AbortController();
    own.world.ports.images.bake = async (_key, _request, { signal }) => {
      cut.abort();
      signal.throwIfAborted();
      return "never";
    };
    await expect(own.vm.create(await check({}), { ...vmCall(), signal: cut.signal })).rejects.toThrow(/abort/u);
    expect(own.world.driver.calls).toEqual([]);
  });

  test("a VM that boots, and has nothing to preload, stands on the base image", async () => {
    const state = await up({ start: "cold" });
    expect(own.world.calls).toEqual(["ensure image-1"]);
    expect(own.world.driver.vms.get(state.id)?.spec.bakedImage).toBeUndefined();
  });

  test("a VM that is there needs nothing of the image cache", async () => {
    const state = await up({ preload: [archive] });
    own.world.calls.splice(0);
    own.world.driver.vms.get(state.id)!.state = "stopped";
    await own.vm.update(state, state.inputs, vmCall());
    expect(own.world.calls).toEqual([]);
  });

  test("an image that is cleared out of the cache before the VM has links to it is made once more", async () => {
    const { driver } = own.world;
    const create = driver.create.bind(driver);
    driver.create = async (spec) => {
      driver.create = create;
      throw new StackhouseError("image.corrupt", `the image ${spec.baseImage} is not in the cache`);
    };
    const state = await up({ start: "cold" });
    expect(own.world.calls).toEqual(["ensure image-1", "ensure image-1"]);
    expect(driver.vms.has(state.id)).toBe(true);
  });

  test("an image that is gone again and again is an error, and leaves nothing behind", async () => {
    own.world.driver.create = async () => {
      throw new StackhouseError("image.corrupt", "the image is not in the cache");
    };
    await expect(up()).rejects.toMatchObject({ code: "image.corrupt" });
    expect(own.world.identities.size + own.world.driver.vms.size).toBe(0);
  });

  test("what a VM cannot be looked at for does not hide why it failed", async () => {
    own.world.driver.startError = new StackhouseError("vm.qemu-missing", "QEMU is not installed");
    const { driver } = own.world;
    const inspect = driver.inspect.bind(driver);
    driver.inspect = async (id, driverCall) => {
      if (driver.calls.some((done) => done.startsWith("start"))) throw new Error("the disk is gone");
      return inspect(id, driverCall);
    };
    await expect(up()).rejects.toMatchObject({ code: "vm.qemu-missing" });
  });

  test("keys are written down before the VM is made", async () => {
    const { driver } = own.world;
    const create = driver.create.bind(driver);
    let known = false;
    driver.create = async (spec, driverCall) => {
      known = own.world.identities.get(spec.id)?.hostPrivateKey === spec.hostPrivateKey;
      await create(spec, driverCall);
    };
    await up();
    expect(known).toBe(true);
  });

  test("a failure before there is a VM leaves nothing behind", async () => {
    own.world.ports.images.ensure = async () => {
      throw new StackhouseError("image.build-failed", "no mirror");
    };
    await expect(up()).rejects.toMatchObject({ code: "image.build-failed" });
    expect(own.world.identities.size + own.world.driver.vms.size).toBe(0);
  });

  test("a VM that does not start is saved as far as it got", async () => {
    own.world.driver.startError = new StackhouseError("vm.qemu-missing", "QEMU is not installed");
    const error: unknown = await up().catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(InitFailed);
    expect((error as InitFailed).outputs).toMatchObject({
      state: "stopped",
      hostId: expect.stringMatching(/^SHA256:/u),
    });
    expect((error as InitFailed).outputs).not.toHaveProperty("connection");
  });

  test("a VM that ends while it starts is told from one that stays silent", async () => {
    own.world.driver.serial.push("init: no such disk");
    own.world.ssh = (signal) =>
      new Promise((_resolve, reject) => {
        own.world.driver.vms.get("shop-dev-box")!.state = "stopped";
        signal.addEventListener("abort", () => {
          reject(new Error("aborted"));
        });
      });
    await expect(up()).rejects.toMatchObject({
      cause: { code: "vm.exited", details: ["init: no such disk"] },
    });
  });

  test("a host key that does not match is refused as such", async () => {
    own.world.ssh = async () => {
      throw new StackhouseError("ssh.host-key-mismatch", "not the key");
    };
    await expect(up()).rejects.toMatchObject({ cause: { code: "ssh.host-key-mismatch" } });
  });
});

describe("a VM whose create was cut", () => {
  /** As the engine takes it for made: all that is known of it are its inputs. */
  const cut = async (): Promise<Remembered> => {
    const inputs = (await own.vm.check(undefined, {}, vmCall())).inputs;
    return { id: inputs["vmId"] as string, inputs, outputs: inputs };
  };

  test("is finished by an update, with the keys that it was given", async () => {
    const state = await cut();
    const { outputs } = await up();
    expect(await own.vm.update(state, state.inputs, vmCall())).toEqual(outputs);
  });

  test("goes with what it has made", async () => {
    const state = await cut();
    await up();
    await own.vm.delete(state, vmCall());
    expect(own.world.driver.vms.size + own.world.identities.size).toBe(0);
  });

  test("is not the one of the same id that somebody else has: that is neither changed nor removed", async () => {
    const state = await cut();
    await own.vm.create(state.inputs, callOn("Vm", "another"));
    await expect(own.vm.update(state, state.inputs, vmCall())).rejects.toMatchObject({ code: "input.invalid" });
    await own.vm.delete(state, vmCall());
    expect(own.world.driver.vms.has(state.id)).toBe(true);
  });
});

describe("delete", () => {
  test("may be repeated", async () => {
    const state = await up();
    await own.vm.delete(state, vmCall());
    await own.vm.delete(state, vmCall());
    expect(own.world.driver.vms.size + own.world.identities.size).toBe(0);
  });
});

describe("read", () => {
  test("an import finds everything, the keys of this workstation included", async () => {
    const state = await up({ cpus: 3 });
    const found = await own.vm.read({ id: state.id, inputs: {}, outputs: {} }, vmCall());
    expect(found).toEqual(state);
  });

  test("a VM of which the keys are not here cannot be imported, and it says why", async () => {
    const state = await up();
    own.world.identities.clear();
    await expect(own.vm.read({ id: state.id, inputs: {}, outputs: {} }, vmCall())).rejects.toMatchObject({
      code: "vm.not-found",
      hint: expect.stringMatching(/workstation that made it/u),
    });
  });

  test("a state without the workstation's record has the keys itself", async () => {
    const state = await up();
    own.world.identities.clear();
    expect(await own.vm.read(state, vmCall())).toEqual(state);
  });
});
