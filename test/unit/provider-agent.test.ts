import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { StackhouseError } from "../../modules/base/errors.ts";
import { InitFailed } from "../../modules/provider/kit/errors.ts";
import type { Remembered, Resource } from "../../modules/provider/kit/resource.ts";
import { unknownValue, type Properties } from "../../modules/provider/kit/values.ts";
import { agentResource } from "../../modules/provider/resources/agent.ts";
import { appResource } from "../../modules/provider/resources/app/resource.ts";
import { vmResource } from "../../modules/provider/resources/vm/resource.ts";
import { callOn, linesOf } from "../support/provider/calls.ts";
import { smallVm, startWorld, type TestWorld } from "../support/provider/world.ts";

let world: TestWorld;
let agent: Resource;
let host: { hostId: string; vmId: string; connection: Properties };

beforeEach(async () => {
  world = await startWorld();
  agent = agentResource(world.ports);
  const vm = await vmResource(world.ports).create(smallVm, callOn("Vm", "box"));
  host = {
    hostId: vm.outputs["hostId"] as string,
    vmId: "box",
    connection: vm.outputs["connection"] as Properties,
  };
});
afterEach(async () => {
  await world[Symbol.asyncDispose]();
});

const call = (): ReturnType<typeof callOn> => callOn("Agent", "box-agent");
const check = async (news: Properties): Promise<Properties> => (await agent.check(undefined, news, call())).inputs;
const up = async (): Promise<Remembered> => {
  const inputs = await check(host);
  return { inputs, ...(await agent.create(inputs, call())) };
};

describe("check", () => {
  test("takes version and digest of the bundle that this build carries", async () => {
    expect(await check(host)).toMatchObject({ ...host, version: "0.1.0", bundleDigest: "b1" });
  });

  test("the host id is the fingerprint of the host key", async () => {
    expect(await check({ connection: host.connection })).toMatchObject({ hostId: host.hostId });
    expect(await check({ connection: unknownValue })).toMatchObject({ hostId: unknownValue });
  });

  test.each([0, -1, 65_536, 2.5])(
    "refuses the port %d, whoever computed it: of the host and of its jump host",
    async (port) => {
      const jump = { address: "203.0.113.1", port, user: "root", hostKey: "ssh-ed25519 AAAA" };
      for (const part of [{ port }, { jump }]) {
        const connection = { ...host.connection, ...part };
        const { failures } = await agent.check(undefined, { ...host, connection }, call());
        expect(failures).toEqual([expect.objectContaining({ property: expect.stringMatching(/port$/u) })]);
      }
    },
  );
});

describe("a data volume", () => {
  const withVolume = (): Properties => ({ ...host, volumeDevice: "/dev/disk/by-id/data" });

  test("is not taken off its host: the data of apps would go with it", async () => {
    const { inputs: before } = await agent.check(undefined, withVolume(), call());
    const { failures } = await agent.check(before, host, call());
    expect(failures).toEqual([expect.objectContaining({ property: "volumeDevice" })]);
  });

  test("goes with a host that is another one", async () => {
    const { inputs: before } = await agent.check(undefined, withVolume(), call());
    const { failures } = await agent.check(before, { ...host, hostId: "SHA256:other" }, call());
    expect(failures).toEqual([]);
  });
});

describe("a disk of a machine in a cloud", () => {
  const volumeDevice = "/dev/disk/by-id/data";
  const sized = (rootGiB: number, volumeGiB: number, machineId: unknown = "i-1"): Properties => {
    const connection = { ...host.connection, vmId: undefined, machineId } as Properties;
    return { hostId: host.hostId, connection, volumeDevice, rootGiB, volumeGiB };
  };
  const failuresOf = async (news: Properties): Promise<unknown> => {
    const { inputs: before } = await agent.check(undefined, sized(16, 8), call());
    return (await agent.check(before, news, call())).failures;
  };

  test("does not shrink, which a preview says", async () => {
    expect(await failuresOf(sized(8, 4))).toEqual([
      {
        property: "rootGiB",
        reason: expect.stringContaining("its root disk (diskGiB) has 16 GiB and cannot shrink to 8: give at least 16"),
      },
      {
        property: "volumeGiB",
        reason: expect.stringContaining("its data volume (dataVolume.sizeGiB) has 8 GiB and cannot shrink to 4"),
      },
    ]);
  });

  test("grows, or stays", async () => {
    expect(await failuresOf(sized(20, 8))).toEqual([]);
  });

  test("may be smaller on another machine, but for the volume that goes there", async () => {
    expect(await failuresOf(sized(8, 8, unknownValue))).toEqual([]);
    expect(await failuresOf(sized(8, 4, "i-2"))).toEqual([expect.objectContaining({ property: "volumeGiB" })]);
  });
});

describe("diff", () => {
  test("an agent that is as it should be is no change", async () => {
    const state = await up();
    expect(linesOf(await agent.diff(state, state.inputs, call()))).toEqual([]);
  });

  test("a new bundle is an update", async () => {
    const state = await up();
    world.bundle = { version: "0.2.0", bundleDigest: "b2" };
    const diff = await agent.diff(state, await check(host), call());
    expect(linesOf(diff)).toEqual(["update bundleDigest", "update version"]);
  });

  test("a new port is an update: a host is its host key, not its address", async () => {
    const state = await up();
    const moved = { ...state.inputs, connection: { ...host.connection, address: "203.0.113.7" } };
    expect(linesOf(await agent.diff(state, moved, call()))).toEqual(["update connection.address"]);
  });

  test("another host key is another host", async () => {
    const state = await up();
    const other = { ...state.inputs, hostId: "SHA256:other" };
    expect(linesOf(await agent.diff(state, other, call()))).toEqual(["replace hostId"]);
  });

  test("an agent that hangs is put right, as one that is not understood", async () => {
    const state = await up();
    world.dialError = new StackhouseError("agent.silent", "the host agent did not answer GET /v1/info within 20 s");
    expect(linesOf(await agent.diff(state, state.inputs, call()))).toEqual(["update bundleDigest"]);
  });

  test("an agent that does not answer is put back, and what stands on it waits for that", async () => {
    const state = await up();
    world.installed = undefined;
    expect(linesOf(await agent.diff(state, state.inputs, call()))).toEqual(["update bundleDigest"]);
    const preview = await agent.update(state, state.inputs, { ...call(), preview: true });
    expect(preview["connection"]).toBe(unknownValue);
    await agent.update(state, state.inputs, call());
    expect(world.installed).toBe("b1");
  });
});

describe("a machine that exists", () => {
  const machine = (): Properties => ({ connection: { ...host.connection, vmId: undefined, address: "203.0.113.7" } });
  const upOn = async (): Promise<Remembered> => {
    const inputs = await check(machine());
    return { inputs, ...(await agent.create(inputs, call())) };
  };
  // It is no VM of this workstation.
  beforeEach(() => {
    world.driver.vms.clear();
    world.identities.clear();
  });

  test("and does not answer keeps no preview from the others: it says what is not known, and waits once", async () => {
    const state = await upOn();
    world.dialError = new StackhouseError("ssh.unreachable", "203.0.113.7 does not answer");
    const before = world.dialled.length;
    const previewing = { ...call(), preview: true };
    expect(linesOf(await agent.diff(state, state.inputs, previewing))).toEqual(["update bundleDigest"]);
    const preview = await agent.update(state, state.inputs, previewing);
    expect(preview["connection"]).toBe(unknownValue);
    expect(previewing.said).toEqual(["warn 203.0.113.7 does not answer: what up would do there is not known"]);
    expect(world.dialled.length - before).toBe(1);
  });

  test("and does not answer, where a cloud has it, is asked for there: preview says how", async () => {
    const ofCloud = machine();
    const connection = { ...(ofCloud["connection"] as Properties), machineId: "i-1" };
    const inputs = await check({ ...ofCloud, connection });
    const state = { inputs, ...(await agent.create(inputs, call())) };
    world.dialError = new StackhouseError("ssh.unreachable", "203.0.113.7 does not answer");
    const previewing = { ...call(), preview: true };
    await agent.update(state, state.inputs, previewing);
    expect(previewing.said).toEqual([
      expect.stringMatching(/is not known; its cloud knows whether i-1 is still there: pulumi refresh asks it/u),
    ]);
  });

  test("and does not answer is an error of up, which tries it again", async () => {
    const state = await upOn();
    world.dialError = new StackhouseError("ssh.unreachable", "203.0.113.7 does not answer");
    await agent.diff(state, state.inputs, call());
    await expect(agent.update(state, state.inputs, call())).rejects.toMatchObject({ code: "ssh.unreachable" });
    world.dialError = undefined;
    await agent.update(state, state.inputs, call());
    expect(linesOf(await agent.diff(state, state.inputs, call()))).toEqual([]);
  });

  test.each(["ssh.host-key-mismatch", "ssh.auth-failed", "ssh.jump-host"] as const)(
    "and does not let us in is an error of the preview (%s): waiting mends none of it",
    async (code) => {
      const state = await upOn();
      world.dialError = new StackhouseError(code, "no");
      await expect(agent.diff(state, state.inputs, call())).rejects.toMatchObject({ code });
    },
  );

  test("and has the key of another one gets its agent, and the user is told that nothing of before is on it", async () => {
    const state = await upOn();
    const updating = call();
    await agent.update(state, state.inputs, updating);
    expect(updating.said).toEqual([]);
    world.installed = undefined;
    await agent.update(state, state.inputs, updating);
    expect(updating.said).toEqual([
      expect.stringMatching(/^warn nothing is left of the agent that was on root@203\.0\.113\.7:\d+: .*same host key/u),
    ]);
  });
});

test("an agent that is not understood is put right by an update, and is not forgotten by a refresh", async () => {
  const state = await up();
  world.dialError = new StackhouseError("agent.protocol", "it speaks protocol 2.0, this client 1.0");
  expect(linesOf(await agent.diff(state, state.inputs, call()))).toEqual(["update bundleDigest"]);
  await expect(agent.read(state, call())).rejects.toMatchObject({ code: "agent.protocol" });
});

describe("create", () => {
  test("gives the host's own facts", async () => {
    const { id, outputs } = await up();
    expect(id).toBe(host.hostId);
    expect(outputs).toMatchObject({ slot: "a", runtime: { kind: "fake" }, facts: { architecture: "x86_64", cpus: 2 } });
  });

  test("a preview knows no connection: nothing that needs the agent may dial it yet", async () => {
    const { outputs } = await agent.create(await check(host), { ...call(), preview: true });
    expect(outputs).not.toHaveProperty("connection");
    expect(world.installed).toBeUndefined();
  });

  test("a host that was touched is saved, so that destroy cleans it up", async () => {
    world.ports.installer.install = async (_connection, { onConnected }) => {
      onConnected();
      throw new StackhouseError("agent.crashed", "it ended", { details: ["its last line"] });
    };
    const error: unknown = await up().catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(InitFailed);
    expect(error).toMatchObject({ id: host.hostId, cause: { details: ["its last line"] } });
  });

  test("so is one whose connection was lost in the middle", async () => {
    world.ports.installer.install = async (_connection, { onConnected }) => {
      onConnected();
      throw new StackhouseError("ssh.unreachable", "the connection was lost");
    };
    await expect(up()).rejects.toMatchObject({ id: host.hostId, cause: { code: "ssh.unreachable" } });
  });

  test.each(["ssh.auth-failed", "ssh.host-key-mismatch", "cancelled"] as const)(
    "a host that did not let us in is not (%s)",
    async (code) => {
      world.ports.installer.install = async () => {
        throw new StackhouseError(code, "no");
      };
      await expect(up()).rejects.toMatchObject({ code });
    },
  );

  test("a host that could not be reached is not: there is nothing on it", async () => {
    world.driver.vms.get("box")!.state = "stopped";
    await expect(up()).rejects.toMatchObject({ code: "ssh.unreachable" });
  });
});

describe("read", () => {
  test("tells what runs there", async () => {
    const state = await up();
    expect(await agent.read(state, call())).toEqual(state);
    world.installed = "b0";
    expect((await agent.read(state, call()))?.outputs).toMatchObject({ bundleDigest: "b0" });
  });

  test.each([
    ["it does not answer", undefined],
    ["it hangs", new StackhouseError("agent.silent", "the host agent did not answer GET /v1/info within 20 s")],
  ])("it stays in the state where %s, and the user is told what puts it right", async (_, error) => {
    const state = await up();
    world.installed = undefined;
    world.dialError = error;
    const reading = call();
    expect(await agent.read(state, reading)).toEqual(state);
    expect(reading.said).toEqual([
      expect.stringMatching(/^warn .*root@127\.0\.0\.1:\d+.*what is known of it stays.*up/u),
    ]);
  });

  test("one that hangs is not imported, and not taken for none", async () => {
    const state = await up();
    world.dialError = new StackhouseError("agent.silent", "the host agent did not answer GET /v1/info within 20 s");
    const importing = agent.read({ id: state.id, inputs: {}, outputs: {} }, call());
    await expect(importing).rejects.toMatchObject({ code: "agent.silent" });
  });

  test("it is gone where its VM is gone, and nothing to import where it was never there", async () => {
    const state = await up();
    world.installed = undefined;
    expect(await agent.read({ id: state.id, inputs: {}, outputs: {} }, call())).toBeUndefined();
    world.driver.vms.clear();
    expect(await agent.read(state, call())).toBeUndefined();
  });

  test("on a VM that is stopped it is as it was", async () => {
    const state = await up();
    world.driver.vms.get("box")!.state = "stopped";
    expect(await agent.read(state, call())).toEqual(state);
  });

  test("an import finds a local VM by its host key", async () => {
    const state = await up();
    expect(await agent.read({ id: state.id, inputs: {}, outputs: {} }, call())).toEqual(state);
  });
});

describe("a machine that the program made in a cloud", () => {
  const machine = (more: Properties = {}): Properties => ({
    connection: { ...host.connection, vmId: undefined, machineId: "i-1", address: "203.0.113.7", ...more },
  });
  const upOn = async (more?: Properties): Promise<Remembered> => {
    const inputs = await check(machine(more));
    return { inputs, ...(await agent.create(inputs, call())) };
  };
  const gone = new StackhouseError("ssh.unreachable", "203.0.113.7 does not answer");
  // It is no VM of this workstation.
  beforeEach(() => {
    world.driver.vms.clear();
    world.identities.clear();
  });

  test("that is another one keeps its agent and its apps: they are put on it", async () => {
    const state = await upOn();
    const diff = await agent.diff(state, await check(machine({ machineId: "i-2" })), call());
    expect(linesOf(diff)).toEqual(["update connection.machineId"]);
  });

  test("that does not answer a refresh is as it was: its cloud says whether it is there", async () => {
    const state = await upOn();
    world.dialError = gone;
    const reading = call();
    expect(await agent.read(state, reading)).toEqual(state);
    expect(reading.said).toContainEqual(expect.stringContaining("the cloud says whether the machine is there"));
  });

  test("that does not answer is to be updated, and up says who knows more", async () => {
    const state = await upOn();
    world.dialError = gone;
    expect(linesOf(await agent.diff(state, state.inputs, call()))).toEqual(["update bundleDigest"]);
    await expect(agent.update(state, state.inputs, call())).rejects.toMatchObject({
      code: "ssh.unreachable",
      hint: expect.stringContaining("whether i-1 is still there: pulumi refresh"),
    });
  });
});

describe("delete", () => {
  test("takes it off a host that stays", async () => {
    await agent.delete(await up(), call());
    expect(world.installed).toBeUndefined();
  });

  test("says of one that does not answer that its apps were not asked for", async () => {
    const state = await up();
    world.installed = undefined;
    const deleting = call();
    await agent.delete(state, deleting);
    expect(deleting.said).toContainEqual(
      expect.stringMatching(/^warn the agent did not answer.*\(\/var\/lib\/stackhouse\) stay on the host$/u),
    );
  });

  test("leaves it to apps that it still runs, as of another project, and says so", async () => {
    const state = await up();
    const { hostId, connection } = host;
    const inputs = { hostId, connection, exposure: { via: "local-vm", vmId: "box" } };
    const app = appResource(world.ports);
    const inline = { name: "shop", services: { web: { image: "web:1" } } };
    const checked = await app.check(undefined, { ...inputs, inline }, callOn("App", "shop"));
    await app.create(checked.inputs, callOn("App", "shop"));
    const deleting = call();
    await agent.delete(state, deleting);
    expect(world.installed).toBe("b1");
    expect(deleting.said).toContain("warn the agent stays on the host: it also runs shop");
  });

  test("is done where the VM is gone", async () => {
    const state = await up();
    world.driver.vms.clear();
    await agent.delete(state, call());
    expect(world.calls).not.toContain("uninstall");
  });
});
