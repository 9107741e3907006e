import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import provider from "@pulumi/pulumi/proto/provider_pb.js";
import type { Path, Properties } from "../../modules/provider/kit/values.ts";
import { appResource, appType } from "../../modules/provider/resources/app/resource.ts";
import { startWorld, type TestWorld } from "../support/provider/world.ts";
import { connectWire, urnOf, wireOf, type Wire } from "../support/provider/wire.ts";

let world: TestWorld;
let wire: Wire;

beforeEach(async () => {
  world = await startWorld();
  wire = await connectWire({
    name: "stackhouse",
    version: "1.2.3",
    resources: [appResource(world.ports)],
    functions: {},
  });
});
afterEach(async () => {
  await wire[Symbol.asyncDispose]();
  await world[Symbol.asyncDispose]();
});

/** All that people read of the check of an app with a service `a`: failures, and warnings in the engine's log. */
async function told(service: Properties, secrets: readonly Path[], more: Properties = {}): Promise<string> {
  const request = new provider.CheckRequest();
  request.setUrn(urnOf(appType, "shop"));
  const inline = { name: "shop", services: { a: { image: "i:1", ...service } } };
  request.setNews(wireOf({ hostId: "h", inline, ...more }, secrets));
  const reply = await wire.call<provider.CheckResponse>("check", request);
  const failures = reply.getFailuresList().map((failure) => failure.getReason());
  return [...failures, ...wire.log.map(({ message }) => message)].join("\n");
}

const inService = (...path: Path): Path => ["inline", "services", "a", ...path];

describe("what is wrong with an inline stack file is told without its secrets", () => {
  test.each<[string, Properties, Path, string]>([
    [
      "a command with a quote in it",
      { command: "login --password hunter2'x" },
      ["command"],
      "services.a.command cannot be split into words: [secret]",
    ],
    [
      "an item of a list",
      { healthcheck: { test: ["hunter2"] } },
      ["healthcheck", "test", 0],
      'services.a.healthcheck.test must begin with CMD, CMD-SHELL or NONE, not "[secret]"',
    ],
    ["a word", { restart: "hunter2" }, ["restart"], 'on-failure[:N], not "[secret]"'],
    ["a size", { mem_limit: "hunter2" }, ["mem_limit"], 'such as "512m" or "1.5g", not "[secret]"'],
    [
      "a number where a text belongs",
      { hostname: 13_579 },
      ["hostname"],
      "services.a.hostname must be a string, not [secret]",
    ],
    ["a port", { ports: ["hunter2"] }, ["ports", 0], 'services.a.ports[0]: "[secret]" does not give a port'],
    ["a mount", { volumes: ["a:hunter2:c:d"] }, ["volumes", 0], "services.a.volumes[0]"],
    ["a name in a list", { depends_on: ["hunter2"] }, ["depends_on", 0], 'services.a depends on "[secret]"'],
    [
      "a template that is none",
      { user: "hunter2${" },
      ["user"],
      "services.a.user: the secret value is a template that has no result",
    ],
    ["a list", { cap_add: ["hunter2"] }, ["cap_add"], 'or ALL, not "[secret]"'],
  ])("%s", async (_name, service, path, message) => {
    const text = await told(service, [inService(...path)]);
    expect(text).toContain(message);
    expect(text).not.toMatch(/hunter2|13579/);
  });

  test("a variable that is not set, which may be the rest of a password", async () => {
    const text = await told({ user: "pa$hunter2" }, [inService("user")]);
    expect(text).toContain("services.a.user: the secret value has a variable that is not set and counts as empty");
    expect(text).not.toContain("hunter2");
  });

  test("a stack file that is secret as a whole", async () => {
    const text = await told({ restart: "hunter2" }, [["inline"]]);
    expect(text).toContain('not "[secret]"');
    expect(text).not.toContain("hunter2");
  });

  test("what is no secret is shown", async () => {
    const text = await told({ restart: "alwais", user: "hunter2" }, [inService("user")]);
    expect(text).toContain('not "alwais" → did you mean "always"?');
  });
});
