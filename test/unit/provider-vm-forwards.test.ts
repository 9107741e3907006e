import { describe, expect, test } from "@jest/globals";
import type { Properties } from "../../modules/provider/kit/values.ts";
import { vmCall, vmWorld } from "../support/provider/vm-world.ts";

const own = vmWorld();
const { check, up } = own;

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
    ["a port that is none", [{ guestPort: 70_000 }], "the guestPort 70000 is no port: 1 to 65535"],
    ["a port of the workstation that is none", [{ ...web, hostPort: 70_000 }], "the hostPort 70000 is no port"],
    ["an address that is none", [{ ...web, hostAddress: "300.1.1.1" }], "not from the hostAddress 300.1.1.1"],
    [
      "an address of another machine",
      [{ ...web, hostAddress: "10.99.99.99" }],
      "hostAddress: 10.99.99.99 is no address of this workstation → another",
    ],
    [
      "an address of another machine, and any port",
      [{ guestPort: 80, hostAddress: "10.99.99.99" }],
      "10.99.99.99 is no address of this workstation",
    ],
    ["an address that QEMU does not listen at", [{ ...web, hostAddress: "::1" }], "forwarded from IPv4 addresses"],
  ])("are refused before anything is made: %s", async (_what, forwards, reason) => {
    own.world.driver.takenPorts.add(812);
    const { failures } = await own.vm.check(undefined, { forwards }, vmCall());
    expect(failures).toEqual([{ property: "forwards", reason: expect.stringContaining(reason) }]);
  });

  test("from port 0 are from one that is free, as those that name none", async () => {
    const address = { guestPort: 80, hostAddress: "0.0.0.0" };
    expect(await check({ forwards: [{ ...address, hostPort: 0 }] })).toEqual(await check({ forwards: [address] }));
    const { outputs } = await up({ forwards: [address] });
    expect(outputs["forwards"]).toEqual([{ ...address, protocol: "tcp", hostPort: expect.any(Number) }]);
  });

  test("at an address that the workstation has lost are kept while the VM runs", async () => {
    const state = await up({ forwards: [web] });
    own.world.driver.problemWithAddress = async () => ({
      reason: "it is no address of this workstation",
      hint: "another",
    });
    expect(await check({ forwards: [web] }, state.inputs)).toEqual(state.inputs);
    own.world.driver.vms.get(state.id)!.state = "stopped";
    expect((await own.vm.check(state.inputs, { forwards: [web] }, vmCall())).failures).toHaveLength(1);
  });

  test("that a VM has are not taken: it has them itself", async () => {
    const state = await up({ forwards: [web] });
    own.world.driver.takenPorts.add(8080);
    expect(await check({ forwards: [web] }, state.inputs)).toEqual(state.inputs);
  });

  test("that the VM has which this one is to replace are not taken: it goes before", async () => {
    await up({ vmId: "before", forwards: [web] });
    own.world.driver.takenPorts.add(8080);
    // Of a replacement the engine asks without what was before.
    expect(await check({ vmId: "after", forwards: [web] })).toMatchObject({ vmId: "after", forwards: [web] });
  });

  test("are there with the VM, with the ports that were chosen, and read back as they were asked for", async () => {
    const state = await up({ forwards: [web, { guestPort: 5432 }] });
    const bound = state.outputs["forwards"] as readonly { hostPort: number; guestPort: number }[];
    expect(bound.map(({ guestPort }) => guestPort)).toEqual([80, 5432]);
    expect(bound[0]?.hostPort).toBe(8080);
    expect(bound[1]?.hostPort).toBeGreaterThan(0);
    expect((await own.vm.read(state, vmCall()))?.inputs).toEqual(state.inputs);
  });

  test("change in place: the VM goes on, with the port that was chosen before, and without those that are gone", async () => {
    const state = await up({ forwards: [web, { guestPort: 5432 }] });
    const [, before] = state.outputs["forwards"] as readonly unknown[];
    const news = await check({ forwards: [{ guestPort: 5432 }] }, state.inputs);
    const diff = await own.vm.diff(state, news, vmCall());
    expect(diff.changes.every(({ replace }) => !replace)).toBe(true);
    expect(diff.changes).not.toEqual([]);
    const preview = await own.vm.update(state, news, { ...vmCall(), preview: true });
    expect(preview).toMatchObject({ forwards: [before], connection: state.outputs["connection"] });
    expect(await own.vm.update(state, news, vmCall())).toMatchObject({ forwards: [before] });
    expect(own.world.driver.calls).not.toContain("stop shop-dev-box");
    const last = await own.vm.update(state, await check({}, state.inputs), vmCall());
    expect(last["forwards"]).toBeUndefined();
    expect(own.world.driver.vms.get(state.id)?.forwards.map(({ owner }) => owner)).toEqual(["ssh"]);
  });

  test("whose port is left open have one that is not known before the VM is there", async () => {
    const { outputs } = await own.vm.create(await check({ forwards: [web] }), { ...vmCall(), preview: true });
    expect(outputs["forwards"]).toEqual([web]);
    const open = await own.vm.create(await check({ forwards: [{ guestPort: 80 }] }), { ...vmCall(), preview: true });
    expect(open.outputs).not.toHaveProperty("forwards");
  });
});
