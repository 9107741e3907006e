import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import provider from "@pulumi/pulumi/proto/provider_pb.js";
import { stackhouseProvider } from "../../modules/provider/stackhouse.ts";
import type { Properties } from "../../modules/provider/kit/values.ts";
import { connectWire, urnOf, valuesOf, wireOf, type Wire } from "../support/provider/wire.ts";
import { startWorld, type TestWorld } from "../support/provider/world.ts";

let world: TestWorld;
let wire: Wire;

beforeAll(async () => {
  world = await startWorld();
  wire = await connectWire(stackhouseProvider(world.ports));
});
afterAll(async () => {
  await wire[Symbol.asyncDispose]();
  await world[Symbol.asyncDispose]();
});

// As hosts left it in the state before there was `Allowed` alone; the last one is of no version.
describe.each<[string, string, string, Properties]>([
  ["of an EC2 host's address", "Fixed", "web-address", { value: "automatic", leaving: "elastic", reason: "keep it" }],
  ["of a data volume's zone", "Fixed", "web-data-zone", { value: "eu-central-1a", reason: "the volume is there" }],
  ["with values that this version does not know", "Fixed", "web", { value: ["fra1"], of: { it: 1 } }],
])("state %s", (_, type, name, properties) => {
  const urn = urnOf(`stackhouse:index:${type}`, name);

  test("is read as it is, so that a refresh goes through", async () => {
    const request = new provider.ReadRequest();
    request.setUrn(urn);
    request.setId("it");
    request.setInputs(wireOf(properties));
    request.setProperties(wireOf(properties));
    const reply: provider.ReadResponse = await wire.call("read", request);
    expect(reply.getId()).toBe("it");
    expect(valuesOf(reply.getInputs()).values).toEqual(properties);
    expect(valuesOf(reply.getProperties()).values).toEqual(properties);
  });

  test("is as it was read, which a refresh asks, too", async () => {
    const request = new provider.DiffRequest();
    request.setUrn(urn);
    request.setId("it");
    request.setOldInputs(wireOf(properties));
    request.setOlds(wireOf(properties));
    request.setNews(wireOf(properties));
    const reply: provider.DiffResponse = await wire.call("diff", request);
    expect(reply.getChanges()).toBe(provider.DiffResponse.DiffChanges.DIFF_NONE);
  });

  test("is taken out, so that the first up and a destroy go through", async () => {
    const request = new provider.DeleteRequest();
    request.setUrn(urn);
    request.setId("it");
    request.setOldInputs(wireOf(properties));
    request.setProperties(wireOf(properties));
    await expect(wire.call("delete", request)).resolves.toBeDefined();
  });
});

test("what no program makes any more is refused to one that does", async () => {
  const request = new provider.CheckRequest();
  request.setUrn(urnOf("stackhouse:index:Fixed", "web"));
  request.setNews(wireOf({ value: "a" }));
  const reply: provider.CheckResponse = await wire.call("check", request);
  expect(reply.getFailuresList().map((failure) => failure.getReason())).toEqual([
    "is no resource any more: take it out",
  ]);
});
