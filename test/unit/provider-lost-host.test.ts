import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { StackhouseError } from "../../modules/base/errors.ts";
import type { Remembered, Resource } from "../../modules/provider/kit/resource.ts";
import type { Properties } from "../../modules/provider/kit/values.ts";
import { agentResource } from "../../modules/provider/resources/agent.ts";
import { appResource } from "../../modules/provider/resources/app/resource.ts";
import { vmResource } from "../../modules/provider/resources/vm/resource.ts";
import { callOn } from "../support/provider/calls.ts";
import { smallVm, startWorld, type TestWorld } from "../support/provider/world.ts";

let world: TestWorld;
let host: { hostId: string; connection: Properties };

beforeEach(async () => {
  world = await startWorld();
  const { outputs } = await vmResource(world.ports).create(smallVm, callOn("Vm", "box"));
  const parts = Object.entries(outputs["connection"] as Properties);
  const connection = Object.fromEntries(parts.filter(([key]) => key !== "vmId"));
  world.installed = world.bundle.bundleDigest;
  host = { hostId: outputs["hostId"] as string, connection };
});
afterEach(async () => {
  await world[Symbol.asyncDispose]();
});

const inline = { name: "shop", services: { web: { image: "web:1" } } };
const kinds: Readonly<Record<string, { make: (world: TestWorld) => Resource; given: () => Properties }>> = {
  App: { make: ({ ports }) => appResource(ports), given: () => ({ ...host, inline }) },
  Agent: { make: ({ ports }) => agentResource(ports), given: () => ({ connection: host.connection }) },
};

const mismatch = new StackhouseError("ssh.host-key-mismatch", "root@192.0.2.7:22 shows another host key");
const silence = new StackhouseError("ssh.unreachable", "cannot reach root@192.0.2.7:22 over SSH: no answer");

describe.each(Object.entries(kinds))("an %s on a machine that exists", (type, { make, given }) => {
  const up = async (resource: Resource): Promise<Remembered> => {
    const { inputs } = await resource.check(undefined, given(), callOn(type, "it"));
    const made = await resource.create(inputs, callOn(type, "it"));
    world.ports.reach.beginRun();
    return { inputs, ...made };
  };

  const at = (state: Remembered, place: Properties): Remembered => ({
    ...state,
    inputs: { ...state.inputs, connection: { ...host.connection, ...place } },
  });
  const jump = { address: "203.0.113.1", port: 22, user: "root", hostKey: "ssh-ed25519 AAAA" };

  test.each([
    ["its address", { address: "203.0.113.7" }],
    ["its address", { address: "2001:db8::7" }],
    ["its name", { address: "web.example.org" }],
    ["its address behind the jump host", { address: "10.0.0.7", jump }],
  ])("went with it where another machine answers at %s, and the user is told: %j", async (_, place) => {
    const resource = make(world);
    const state = at(await up(resource), place);
    world.dialError = mismatch;
    const call = callOn(type, "it");
    await resource.delete(state, call);
    expect(call.said).toContainEqual(expect.stringMatching(/^warn .*another host key: that host is gone/u));
  });

  test.each([
    "10.0.0.7",
    "172.20.0.7",
    "192.168.1.7",
    "100.64.0.7",
    "127.0.0.1",
    "fd00::7",
    "fe80::7",
    "localhost",
    "box.local",
  ])(
    "is not forgotten because another machine answers at %s, which is so in other networks; the user may say so",
    async (address) => {
      const resource = make(world);
      const state = at(await up(resource), { address });
      world.dialError = mismatch;
      await expect(resource.delete(state, callOn(type, "it"))).rejects.toMatchObject({
        code: "ssh.host-key-mismatch",
        hint: expect.stringMatching(/another network; .*STACKHOUSE_DELETE_UNREACHABLE=true/u),
      });
      const call = callOn(type, "it");
      await make({ ...world, ports: { ...world.ports, deleteUnreachable: true } }).delete(state, call);
      expect(call.said).toContainEqual(expect.stringMatching(/^warn .*STACKHOUSE_DELETE_UNREACHABLE/u));
    },
  );

  test.each([
    ["it cannot be reached", "ssh.unreachable"],
    ["it does not let us in", "ssh.auth-failed"],
    ["its jump host does not let us through, or is another", "ssh.jump-host"],
  ] as const)("is not forgotten because %s; the error says both ways out", async (_, code) => {
    const resource = make(world);
    const state = await up(resource);
    world.dialError = new StackhouseError(code, "no way", { hint: "mend it" });
    const call = callOn(type, "it");
    await expect(resource.delete(state, call)).rejects.toMatchObject({
      code,
      hint: expect.stringMatching(/^mend it; where .* gets in|^mend it; where the host/u),
    });
    await expect(resource.delete(state, call)).rejects.toMatchObject({
      hint: expect.stringContaining("STACKHOUSE_DELETE_UNREACHABLE=true"),
    });
    expect(call.said.filter((line) => line.startsWith("warn"))).toEqual([]);
  });

  test("is waited for: one that refuses connections may just boot", async () => {
    const resource = make(world);
    const state = await up(resource);
    const waited: string[] = [];
    world.ssh = async () => {
      waited.push("ssh");
    };
    await resource.delete(state, callOn(type, "it"));
    expect(waited).toEqual(["ssh"]);

    world.ssh = () => Promise.reject(new StackhouseError("ssh.unreachable", "gave up waiting for ssh after 30 s"));
    await expect(resource.delete(state, callOn(type, "it"))).rejects.toThrow("gave up waiting for ssh after 30 s");
  });

  test.each([
    ["its agent does not answer", "agent.unreachable", "stackhouse up puts the agent there again"],
    ["its container engine does not answer", "agent.runtime-unavailable", "pulumi state delete 'urn:pulumi:"],
  ] as const)("is not forgotten because %s, whatever is said of hosts out of reach", async (_, code, way) => {
    const resource = make({ ...world, ports: { ...world.ports, deleteUnreachable: true } });
    const state = await up(resource);
    world.dialError = new StackhouseError(code, "it is silent", { hint: "look there" });
    await expect(resource.delete(state, callOn(type, "it"))).rejects.toMatchObject({
      code,
      hint: expect.stringMatching(/^look there; /u),
    });
    await expect(resource.delete(state, callOn(type, "it"))).rejects.toMatchObject({
      hint: expect.stringContaining(way),
    });
  });

  test("stays as it is known by a refresh of a host that is silent, which a warning says", async () => {
    const resource = make(world);
    const state = await up(resource);
    world.identities.delete("box"); // It is no VM of this workstation.
    world.dialError = silence;
    const call = callOn(type, "it");
    expect(await resource.read(state, call)).toEqual({ id: state.id, inputs: state.inputs, outputs: state.outputs });
    expect(call.said).toContainEqual(
      expect.stringMatching(/^warn .*cannot reach root@192\.0\.2\.7:22.*: what is known of it stays/u),
    );
  });

  test.each(["ssh.auth-failed", "ssh.host-key-mismatch", "ssh.jump-host"] as const)(
    "is no more read by a refresh of a host that answers with no: %s",
    async (code) => {
      const resource = make(world);
      const state = await up(resource);
      world.identities.delete("box");
      world.dialError = new StackhouseError(code, "no way");
      await expect(resource.read(state, callOn(type, "it"))).rejects.toMatchObject({ code });
    },
  );

  test("is forgotten where the user says that hosts out of reach are gone", async () => {
    const resource = make({ ...world, ports: { ...world.ports, deleteUnreachable: true } });
    const state = await up(resource);
    world.dialError = silence;
    const call = callOn(type, "it");
    await resource.delete(state, call);
    expect(call.said).toContainEqual(expect.stringMatching(/^warn .*STACKHOUSE_DELETE_UNREACHABLE/u));
  });
});

test.each([
  ["a host out of reach", silence],
  ["an agent that does not answer", new StackhouseError("agent.unreachable", "the host agent does not answer")],
])("%s is waited for once, and not once for each thing that is on the host", async (_, error) => {
  const app = appResource(world.ports);
  const states = await Promise.all(
    ["shop", "blog"].map(async (name) => {
      const { inputs } = await app.check(undefined, { ...host, inline: { ...inline, name } }, callOn("App", name));
      return { inputs, ...(await app.create(inputs, callOn("App", name))) };
    }),
  );
  world.ports.reach.beginRun();
  world.dialError = error;
  const before = world.dialled.length;
  for (const state of states) {
    await expect(app.delete(state, callOn("App", "it"))).rejects.toMatchObject({ code: error.code });
  }
  expect(world.dialled.length - before).toBe(1);
  const elsewhere = { ...host, connection: { ...host.connection, address: "203.0.113.9" } };
  const moved = states.map((state) => ({ ...state, inputs: { ...state.inputs, ...elsewhere } }));
  await expect(app.delete(moved[0]!, callOn("App", "it"))).rejects.toMatchObject({ code: error.code });
  expect(world.dialled.at(-1)).toBe("203.0.113.9");
});
