import { describe, expect, test } from "@jest/globals";
import { deferred } from "../../modules/base/deferred.ts";
import type { Behaviours } from "../../host-agent/runtime/fake/behaviour.ts";
import type { Fault, Faults, Operation } from "../../host-agent/runtime/fake/faults.ts";
import { createFakeRuntime, type FakeRuntime } from "../../host-agent/runtime/fake/runtime.ts";
import type { DesiredApp } from "../../modules/protocol/app.ts";
import type { JobEvent } from "../../modules/protocol/jobs.ts";
import { idleClock } from "../support/idle-clock.ts";
import { applyRequest, shop, startTestAgent, type TestAgent } from "../support/agent.ts";

/** Strikes one operation, the one with this index, and tells when it did. */
interface OneFault extends Faults {
  readonly struck: Promise<void>;
  readonly operations: readonly string[];
}
const reads: readonly Operation[] = ["info", "apps", "inspectContainer"];

function faultAt(index: number, fault: Fault): OneFault {
  const struck = deferred<undefined>();
  const operations: string[] = [];
  let isCleared = false;
  return {
    struck: struck.promise.then(() => undefined),
    operations,
    add: () => undefined,
    clear: () => (isCleared = true),
    next(operation, subject) {
      if (isCleared || reads.includes(operation)) return undefined;
      operations.push(`${operation} ${subject}`);
      if (operations.length - 1 !== index) return undefined;
      struck.resolve(undefined);
      return fault;
    },
  };
}

const behaviours: Behaviours = { services: { db: { health: { state: "healthy", afterMs: 5 } } } };
const first = shop();
const second = shop({ web: { image: "web:2" }, db: { environment: { LEVEL: "debug" } } });

/** From what, by which request, to what. */
interface Scenario {
  readonly before?: DesiredApp;
  readonly change: (agent: TestAgent) => Promise<JobEvent[]>;
}
const scenarios: Readonly<Record<string, Scenario>> = {
  "a first apply": { change: (agent) => agent.http.apply(first) },
  "an update": { before: first, change: (agent) => agent.http.apply(second) },
  "a removal with its data": { before: first, change: (agent) => agent.http.remove("shop", ["data"]) },
};

async function prepare(scenario: Scenario, faults: OneFault): Promise<{ runtime: FakeRuntime; agent: TestAgent }> {
  const calm = createFakeRuntime({ clock: idleClock, behaviours });
  for (const image of ["web:1", "db:1"]) calm.world.images.set(image, `sha256:${image}`);
  calm.world.registry.set("web:2", { digest: "sha256:web:2" });
  if (scenario.before !== undefined) {
    await using agent = await startTestAgent(calm);
    expect((await agent.http.apply(scenario.before)).at(-1)?.type).toBe("succeeded");
  }
  const runtime = createFakeRuntime({ clock: idleClock, behaviours, faults, world: calm.world });
  return { runtime, agent: await startTestAgent(runtime) };
}

/** What there is, without what differs from run to run. */
function picture({ world }: FakeRuntime): object {
  return {
    containers: [...world.containers.values()]
      .map(({ name, state, health, imageDigest, spec }) => ({
        name,
        state,
        health,
        imageDigest,
        is: spec?.fingerprint,
      }))
      .sort((one, other) => (one.name < other.name ? -1 : 1)),
    networks: [...world.networks.values()],
    volumes: [...world.volumes.values()],
  };
}

async function undisturbed(scenario: Scenario): Promise<{ operations: readonly string[]; result: object }> {
  const faults = faultAt(-1, { kind: "fail" });
  const { runtime, agent } = await prepare(scenario, faults);
  await using _ = agent;
  expect((await scenario.change(agent)).at(-1)?.type).toBe("succeeded");
  return { operations: faults.operations, result: picture(runtime) };
}

describe.each(Object.entries(scenarios))("%s", (_, scenario) => {
  test.each<Fault["kind"]>(["fail", "fail-after-effect"])(
    "that a fault (%s) hits at any operation ends in an error or as wanted, and once more brings what is wanted",
    async (kind) => {
      const { operations, result } = await undisturbed(scenario);
      expect(operations.length).toBeGreaterThan(5);
      for (const [index, operation] of operations.entries()) {
        const faults = faultAt(index, { kind });
        const { runtime, agent } = await prepare(scenario, faults);
        await using __ = agent;
        const [event] = (await scenario.change(agent)).slice(-1);
        faults.clear();
        if (event?.type === "succeeded") expect({ operation, ...picture(runtime) }).toEqual({ operation, ...result });
        else expect({ operation, event }).toMatchObject({ operation, event: { type: "failed" } });
        expect((await scenario.change(agent)).at(-1)).toMatchObject({ type: "succeeded" });
        expect({ operation, ...picture(runtime) }).toEqual({ operation, ...result });
      }
    },
    120_000,
  );

  test("whose agent ends at any operation is finished by the next agent", async () => {
    const { operations, result } = await undisturbed(scenario);
    for (const [index, operation] of operations.entries()) {
      const faults = faultAt(index, { kind: "hang" });
      const { runtime, agent } = await prepare(scenario, faults);
      await using __ = agent;
      const cut = scenario.change(agent).catch(() => undefined); // Its stream is cut.
      await faults.struck;
      await agent.stop();
      await cut;
      faults.clear();
      await agent.start();
      expect((await scenario.change(agent)).at(-1)).toMatchObject({ type: "succeeded" });
      expect({ operation, ...picture(runtime) }).toEqual({ operation, ...result });
    }
  }, 120_000);
});

test("an operation that hangs ends with the job's deadline, and the next apply brings what is wanted", async () => {
  const faults = faultAt(4, { kind: "hang" });
  const { runtime, agent } = await prepare({ change: () => Promise.resolve([]) }, faults);
  await using _ = agent;
  const request = applyRequest(first, { deadlineMs: 150 });
  await agent.http.send("PUT", "/v1/apps/shop", request);
  expect((await agent.http.jobEvents(request.jobId)).at(-1)).toMatchObject({
    type: "failed",
    problem: { code: "deadline" },
  });
  faults.clear();
  expect((await agent.http.apply(first)).at(-1)).toMatchObject({ type: "succeeded" });
  expect(runtime.world.containers.size).toBe(2);
});

const databaseAlone = Object.fromEntries(Object.entries(first.model.services).filter(([name]) => name === "db"));
const withoutWeb: DesiredApp = { ...first, model: { ...first.model, services: databaseAlone } };

test.each<[string, (agent: TestAgent) => Promise<JobEvent[]>]>([
  ["is removed", (agent) => agent.http.apply(withoutWeb)],
  ["is replaced by one with a shorter grace", (agent) => agent.http.apply(shop({ web: { image: "web:2" } }))],
  ["goes with its app", (agent) => agent.http.remove("shop")],
])("a container that %s is waited for as long as the grace it was created with", async (_, change) => {
  const { runtime, agent: calm } = await prepare(
    { before: shop({ web: { stop_grace_period: "20m" } }), change: () => Promise.resolve([]) },
    faultAt(-1, { kind: "fail" }),
  );
  await calm.stop();
  const limits: number[] = [];
  const watched: FakeRuntime = {
    ...runtime,
    stopContainer: async (id, graceMs, call) => {
      if (runtime.world.containers.get(id)?.name === "shop-web-1") limits.push(call.deadlineMs);
      await runtime.stopContainer(id, graceMs, call);
    },
  };
  await using agent = await startTestAgent(watched);
  expect((await change(agent)).at(-1)?.type).toBe("succeeded");
  expect(limits).toEqual([20 * 60_000 + 300_000]);
});

test("a container that a person removed meanwhile is made again", async () => {
  const { runtime, agent } = await prepare(
    { before: first, change: () => Promise.resolve([]) },
    faultAt(-1, { kind: "fail" }),
  );
  await using _ = agent;
  const [id] = [...runtime.world.containers.values()]
    .filter(({ name }) => name === "shop-web-1")
    .map((found) => found.id);
  runtime.world.containers.delete(id ?? "");
  expect((await agent.http.apply(first)).at(-1)).toMatchObject({
    type: "succeeded",
    status: { services: { web: { state: "running" } } },
  });
});
