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
    return { inputs, ...(await resource.create(inputs, callOn(type, "it"))) };
  };

  test("went with it where another machine answers at its address, and the user is told", async () => {
    const resource = make(world);
    const state = await up(resource);
    world.dialError = mismatch;
    const call = callOn(type, "it");
    await resource.delete(state, call);
    expect(call.said).toContainEqual(expect.stringMatching(/^warn .*another host key: that host is gone/u));
  });

  test("is not forgotten because it cannot be reached; the error says how it can be", async () => {
    const resource = make(world);
    const state = await up(resource);
    world.dialError = silence;
    await expect(resource.delete(state, callOn(type, "it"))).rejects.toMatchObject({
      code: "ssh.unreachable",
      hint: expect.stringContaining("STACKHOUSE_DELETE_UNREACHABLE=true"),
    });
  });

  test("is forgotten where the user says that hosts out of reach are gone", async () => {
    const resource = make({ ...world, ports: { ...world.ports, deleteUnreachable: true } });
    const state = await up(resource);
    world.dialError = silence;
    const call = callOn(type, "it");
    await resource.delete(state, call);
    expect(call.said).toContainEqual(expect.stringMatching(/^warn .*STACKHOUSE_DELETE_UNREACHABLE/u));
  });
});
