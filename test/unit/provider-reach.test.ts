import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { StackhouseError } from "../../modules/base/errors.ts";
import type { Remembered, Resource } from "../../modules/provider/kit/resource.ts";
import type { Properties } from "../../modules/provider/kit/values.ts";
import { agentResource } from "../../modules/provider/resources/agent.ts";
import { appResource } from "../../modules/provider/resources/app/resource.ts";
import { vmResource } from "../../modules/provider/resources/vm/resource.ts";
import { stackhouseProvider } from "../../modules/provider/stackhouse.ts";
import { mintKeyPair } from "../../modules/ssh/keys.ts";
import { callOn, linesOf } from "../support/provider/calls.ts";
import { smallVm, startWorld, type TestWorld } from "../support/provider/world.ts";

let world: TestWorld;
let agent: Resource;
let app: Resource;
let hostKey: string;

beforeEach(async () => {
  world = await startWorld();
  agent = agentResource(world.ports);
  app = appResource(world.ports);
  hostKey = mintKeyPair().publicKey;
});
afterEach(async () => {
  await world[Symbol.asyncDispose]();
});

const before = "203.0.113.7";
const after = "203.0.113.8";
const at = (address: string, more: Properties = {}): Properties => ({
  connection: { address, port: 22, user: "root", hostKey, ...more },
});
const inline = { name: "shop", services: { web: { image: "web:1" } } };

const up = async (resource: Resource, type: string, given: Properties): Promise<Remembered> => {
  const { inputs } = await resource.check(undefined, given, callOn(type, "it"));
  return { inputs, ...(await resource.create(inputs, callOn(type, "it"))) };
};
const upBoth = async (place: Properties): Promise<{ host: Remembered; shop: Remembered }> => {
  const host = await up(agent, "Agent", place);
  const shop = await up(app, "App", { ...place, hostId: host.id, inline });
  return { host, shop };
};
const moveTo = async (host: Remembered, place: Properties): Promise<void> => {
  const { inputs } = await agent.check(host.inputs, place, callOn("Agent", "it"));
  await agent.update(host, inputs, callOn("Agent", "it"));
};
const nextRun = (): Promise<void> => stackhouseProvider(world.ports).configure!({});
const containers = (): number => world.runtime.world.containers.size;

describe("an app that is dropped in the run in which its host gets another address", () => {
  test("is removed where the host is now, and nobody is dialled where it was", async () => {
    const { host, shop } = await upBoth(at(before));
    await nextRun();
    world.silent.add(before);
    await moveTo(host, at(after));
    const dialled = world.dialled.length;
    await app.delete(shop, callOn("App", "it"));
    expect(containers()).toBe(0);
    expect(new Set(world.dialled.slice(dialled))).toEqual(new Set([after]));
  });

  test("is not taken for gone where another machine has the address by now", async () => {
    const { host, shop } = await upBoth(at(before));
    await nextRun();
    world.strangers.add(before);
    await moveTo(host, at(after));
    const call = callOn("App", "it");
    await app.delete(shop, call);
    expect(containers()).toBe(0);
    expect(call.said).not.toContainEqual(expect.stringContaining("that host is gone"));
  });

  test("is removed there by the next run too, where this one was cut before", async () => {
    const { host, shop } = await upBoth(at(before));
    await moveTo(host, at(after));
    await nextRun();
    world.strangers.add(before);
    const moved = { ...host, inputs: { ...host.inputs, ...at(after) } };
    await agent.diff(moved, moved.inputs, callOn("Agent", "it"));
    await app.delete(shop, callOn("App", "it"));
    expect(containers()).toBe(0);
  });

  test("is removed where the host is now, though a refresh has found it where it was", async () => {
    const { host, shop } = await upBoth(at(before));
    await nextRun();
    await app.read(shop, callOn("App", "it"));
    world.silent.add(before);
    await moveTo(host, at(after));
    await app.delete(shop, callOn("App", "it"));
    expect(containers()).toBe(0);
  });

  test("is removed with the login that the host has now", async () => {
    const [old, fresh] = [mintKeyPair().privateKey, mintKeyPair().privateKey];
    const { host, shop } = await upBoth(at(before, { privateKey: old }));
    await moveTo(host, at(before, { privateKey: fresh }));
    world.refused.add(old);
    await app.delete(shop, callOn("App", "it"));
    expect(containers()).toBe(0);
  });
});

test("an app on a local VM is removed through the port that the VM has now", async () => {
  const vm = await vmResource(world.ports).create(smallVm, callOn("Vm", "box"));
  const { hostId, connection } = vm.outputs;
  world.installed = world.bundle.bundleDigest;
  const exposure = { via: "local-vm", vmId: "box" };
  const shop = await up(app, "App", { hostId: hostId!, connection: connection!, exposure, inline });
  const stale = { ...shop, inputs: { ...shop.inputs, connection: { ...(connection as Properties), port: 1 } } };
  await app.delete(stale, callOn("App", "it"));
  expect(containers()).toBe(0);
});

describe("a way that led nowhere", () => {
  const jump = (address: string): Properties => ({
    jump: { address, port: 22, user: "root", hostKey: mintKeyPair().publicKey },
  });
  const keys = [mintKeyPair().privateKey, mintKeyPair().privateKey];

  test.each([
    ["another jump host", jump("198.51.100.1"), jump("198.51.100.2")],
    ["another login key", { privateKey: keys[0]! }, { privateKey: keys[1]! }],
    ["another password", { user: "deploy", sudoPassword: "a" }, { user: "deploy", sudoPassword: "b" }],
  ])("says nothing of one with %s to the same address", async (_, one, another) => {
    const { host } = await upBoth(at(before, one));
    world.dialError = new StackhouseError("ssh.unreachable", "it does not answer");
    await agent.diff(host, host.inputs, callOn("Agent", "it"));
    world.dialError = undefined;
    const { inputs } = await agent.check(host.inputs, at(before, another), callOn("Agent", "it"));
    const { changes } = await agent.diff(host, inputs, callOn("Agent", "it"));
    expect(changes.map(({ path }) => path[0])).not.toContain("bundleDigest");
  });

  test("is not tried again by what an app asks there: how it is, and what up would do", async () => {
    const { host, shop } = await upBoth(at(before));
    world.dialError = new StackhouseError("ssh.unreachable", "it does not answer");
    await agent.diff(host, host.inputs, callOn("Agent", "it"));
    const dialled = world.dialled.length;
    // A refresh asks for differences, too: silence is none of its errors.
    expect(linesOf(await app.diff(shop, shop.inputs, callOn("App", "it")))).toEqual(["update services"]);
    const previewing = { ...callOn("App", "it"), preview: true };
    await expect(app.update(shop, shop.inputs, previewing)).rejects.toMatchObject({ code: "ssh.unreachable" });
    expect(world.dialled.length).toBe(dialled);
  });
});
