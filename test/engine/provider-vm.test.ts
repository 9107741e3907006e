import { expect, test } from "@jest/globals";
import type * as pulumi from "@pulumi/pulumi";
import { Vm, type VmResourceArgs } from "../../index.ts";
import { StackhouseError } from "../../modules/base/errors.ts";
import { decodeState } from "../../modules/cli/deployed/state.ts";
import { systemClock } from "../../modules/system/clock.ts";
import { recordedCall } from "../support/engine/session.ts";
import { changesIn, rowOf, saidIn } from "../support/provider/rows.ts";
import { describeProvider } from "../support/provider/session.ts";

// What only the engine can show; the rest is in test/unit/provider-vm.test.ts.
await describeProvider("Vm through the engine", (session) => {
  /** A program with one VM, whose arguments and options a test may change between runs. */
  const oneVm = (args: VmResourceArgs = {}, options: pulumi.CustomResourceOptions = {}) => {
    const wanted = { args: { vmId: "box", ...args }, options };
    const program = async (): Promise<object> => {
      const vm = new Vm("box", wanted.args, wanted.options);
      return { connection: vm.connection, hostId: vm.hostId, forwards: vm.forwards };
    };
    return { wanted, program };
  };

  test("preview, up, nothing to do, update, replacement, destroy", async () => {
    const { world, open } = session();
    const { wanted, program } = oneVm({ cpus: 1 });
    const stack = await open(program);
    expect(await stack.preview(recordedCall())).toMatchObject({ counts: { create: 2 } });
    expect(world.driver.calls).toEqual([]);

    const done = await stack.up(recordedCall());
    expect(done.outputs["connection"]).toBe("[secret]");
    expect(await stack.up(recordedCall())).toMatchObject({ counts: { same: 2 }, changed: false });
    expect(await stack.refresh(recordedCall())).toMatchObject({ changed: false });

    const { hostPrivateKey, privateKey } = world.identities.get("box")!;
    const state = JSON.stringify(await stack.export("encrypted"));
    expect(state).toContain("authorizedKeys");
    for (const key of [hostPrivateKey, privateKey]) expect(state).not.toContain(key.split("\n")[2]);

    wanted.args = { ...wanted.args, cpus: 2 };
    const update = recordedCall();
    expect(await stack.up(update)).toMatchObject({ counts: { update: 1, same: 1 } });
    expect(changesIn(update, "Vm")).toEqual(["update cpus"]);
    expect(world.driver.calls).toEqual(["create box", "start box", "stop box", "create box", "start box"]);

    wanted.args = { ...wanted.args, hostname: "other" };
    const replacement = recordedCall();
    expect((await stack.up(replacement)).counts).toMatchObject({ replace: 1 });
    expect(changesIn(replacement, "Vm")).toEqual(["replace hostname"]);
    expect(world.driver.calls.slice(5)).toEqual(["destroy box", "create box", "start box"]);

    await stack.destroy(recordedCall());
    expect(world.driver.vms.size + world.identities.size).toBe(0);
  });

  test("a preview says what restarts a VM, what does not, and whose data goes", async () => {
    const { world, open } = session();
    const data = { name: "data", sizeGiB: 10, mountPath: "/srv/data" };
    const { wanted, program } = oneVm({ dataDisks: [data] });
    const stack = await open(program);
    await stack.up(recordedCall());
    expect(await stack.preview(recordedCall())).toMatchObject({ changed: false });

    const said = async (args: VmResourceArgs): Promise<string> => {
      wanted.args = { vmId: "box", dataDisks: [data], ...args };
      const preview = recordedCall();
      await stack.preview(preview);
      return saidIn(preview);
    };
    expect(await said({ diskGiB: 32 })).toContain("it grows online and goes on running: 16 → 32 GiB of disk");
    expect(await said({ cpus: 4 })).toContain("it restarts, to change: 2 → 4 CPUs");
    expect(await said({ dataDisks: [] })).toContain("the data disk data is detached, and kept with the VM as it is");
    expect(await said({ hostname: "other" })).toContain("what is on its data disks goes with it: data");
    expect(world.driver.calls).toEqual(["create box", "start box", "resize box"]);
  });

  test("its forwards change while it runs, are an output with their ports, and one that is taken is refused", async () => {
    const { world, open } = session();
    const { wanted, program } = oneVm({ forwards: [{ guestPort: 5432 }, { guestPort: 80, hostPort: 8080 }] });
    const stack = await open(program);
    const { outputs } = await stack.up(recordedCall());
    const [web, db] = outputs["forwards"] as readonly { readonly hostPort: number }[];
    expect(web).toEqual({ guestPort: 80, hostPort: 8080, protocol: "tcp", hostAddress: "127.0.0.1" });
    expect(db?.hostPort).toBeGreaterThan(0);
    expect(await stack.up(recordedCall())).toMatchObject({ changed: false });
    expect(await stack.refresh(recordedCall())).toMatchObject({ changed: false });

    wanted.args = { vmId: "box", forwards: [{ guestPort: 5432 }] };
    const update = await stack.up(recordedCall());
    expect(update).toMatchObject({ counts: { update: 1, same: 1 }, outputs: { forwards: [db] } });
    expect(world.driver.calls).not.toContain("stop box");

    world.driver.takenPorts.add(8080);
    wanted.args = { vmId: "box", forwards: [{ guestPort: 80, hostPort: 8080 }] };
    const refused = recordedCall();
    await expect(stack.preview(refused)).rejects.toMatchObject({ code: "engine.failed" });
    expect(saidIn(refused)).toContain(
      "port 8080/tcp of this workstation is taken, and is to lead to port 80 of the VM",
    );
  });

  test("one that is gone by itself is put right by the next up, with or without a refresh", async () => {
    const { world, open } = session();
    const stack = await open(oneVm().program);
    await stack.up(recordedCall());

    world.driver.vms.get("box")!.state = "stopped";
    const up = recordedCall();
    expect(await stack.up(up)).toMatchObject({ counts: { update: 1, same: 1 } });
    expect(changesIn(up, "Vm")).toEqual(["update state"]);
    expect(world.driver.calls.slice(2)).toEqual(["create box", "start box"]);

    world.driver.vms.get("box")!.state = "stopped";
    const refresh = recordedCall();
    await stack.refresh(refresh);
    expect(changesIn(refresh, "Vm")).toEqual(["update state"]);
    expect((await stack.up(recordedCall())).counts).toMatchObject({ update: 1 });

    world.driver.vms.clear();
    await stack.refresh(recordedCall());
    expect((await stack.up(recordedCall())).counts).toMatchObject({ create: 1 });
  });

  test("one that never answers is kept with its error and last serial lines, and the next up finishes it", async () => {
    const { world, open } = session();
    const stack = await open(oneVm().program);
    world.driver.serial.push("kernel panic - not syncing");
    world.ssh = async () => {
      throw new StackhouseError("ssh.unreachable", "gave up waiting for ssh");
    };
    const call = recordedCall();
    await expect(stack.up(call)).rejects.toMatchObject({ code: "engine.failed" });
    expect(saidIn(call)).toMatch(/box does not answer: gave up waiting for ssh\n +kernel panic/u);
    expect(world.driver.vms.get("box")?.state).toBe("running");

    world.ssh = async () => undefined;
    const again = recordedCall();
    expect((await stack.up(again)).counts).toMatchObject({ update: 1 });
    expect(rowOf(again, "Vm").initErrors.join()).toMatch(/does not answer/u);
    expect(world.driver.calls).not.toContain("destroy box");
    expect((await stack.preview(recordedCall())).changed).toBe(false);
  });

  test("customTimeouts are deadlines, and a cancel keeps what was made: the next up goes on", async () => {
    const { world, open } = session();
    const { wanted, program } = oneVm({}, { customTimeouts: { create: "2s" } });
    const stack = await open(program);
    world.ssh = (signal) => systemClock.sleep(60_000, signal);
    const late = recordedCall();
    await expect(stack.up(late)).rejects.toThrow();
    expect(saidIn(late)).toMatch(/box does not answer: create did not finish within 2 s/u);

    wanted.options = {};
    const cancel = new AbortController();
    world.ssh = (signal) => {
      cancel.abort();
      return systemClock.sleep(60_000, signal);
    };
    await expect(stack.up(recordedCall({ signal: cancel.signal }))).rejects.toMatchObject({ code: "cancelled" });

    world.ssh = async () => undefined;
    expect((await stack.up(recordedCall())).counts).toMatchObject({ update: 1 });
    expect(world.driver.calls).not.toContain("destroy box");
  });

  test("retainOnDelete leaves it running, and import takes it over with its keys", async () => {
    const { world, open } = session();
    const first = await open(oneVm({}, { retainOnDelete: true }).program, "first");
    await first.up(recordedCall());
    await first.destroy(recordedCall());
    expect([...world.driver.vms.keys()]).toEqual(["box"]);

    const { wanted, program } = oneVm({}, { import: "box" });
    const second = await open(program, "second");
    const done = await second.up(recordedCall());
    expect(done.counts).toMatchObject({ import: 1 });
    expect(decodeState(await second.export("plain")).hosts[0]?.connection).toMatchObject({
      address: "127.0.0.1",
      privateKey: world.identities.get("box")?.privateKey,
    });
    wanted.options = {};
    expect((await second.preview(recordedCall())).changed).toBe(false);
  });

  test("protect and ignoreChanges hold; a wrong argument is an error at preview that names it", async () => {
    const { world, open } = session();
    const { wanted, program } = oneVm({ cpus: 1 }, { protect: true, ignoreChanges: ["cpus"] });
    const stack = await open(program);
    await stack.up(recordedCall());
    wanted.args = { ...wanted.args, cpus: 4 };
    expect((await stack.preview(recordedCall())).changed).toBe(false);
    await expect(stack.destroy(recordedCall())).rejects.toThrow();
    expect(world.driver.vms.size).toBe(1);

    wanted.args = { ...wanted.args, memoryMiB: 64 };
    const call = recordedCall();
    await expect(stack.preview(call)).rejects.toThrow();
    expect(saidIn(call)).toMatch(/memoryMiB/u);
  });
});
