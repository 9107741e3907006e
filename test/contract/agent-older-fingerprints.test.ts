import { expect, it } from "@jest/globals";
import type { Runtime } from "../../host-agent/runtime/port.ts";
import type { ObservedContainer } from "../../modules/plan/types.ts";
import { fingerprintsOf } from "../../modules/stackfile/fingerprint.ts";
import { endFakeRuntime, fakeRuntime, shop, startTestAgent } from "../support/agent.ts";
import { asOlder, olderRules } from "../support/older-rules.ts";

it("what older rules made is waited for as it is, and shown with its fingerprint of today", async () => {
  const fake = fakeRuntime();
  const madeByOlder = new Set<string>();
  // So that there is something to wait for.
  const startingOnce = new Set<string>();
  const healthOf = (id: string): Partial<ObservedContainer> => (startingOnce.delete(id) ? { health: "starting" } : {});
  const runtime: Runtime = {
    ...fake,
    async observe(...asked) {
      const observed = await fake.observe(...asked);
      const containers = observed.containers.map((one) =>
        madeByOlder.has(one.id) ? { ...one, fingerprint: asOlder(one.fingerprint), ...healthOf(one.id) } : one,
      );
      return { ...observed, containers };
    },
  };
  await using agent = await startTestAgent(runtime, { olderRules: [olderRules] });
  await agent.http.apply(shop());
  const database = [...fake.world.containers.values()].find(({ name }) => name === "shop-db-1")?.id ?? "";
  madeByOlder.add(database);
  startingOnce.add(database);

  const changed = shop({ web: { image: "web:2" } });
  const events = await agent.http.apply(changed);

  expect(events).toContainEqual(
    expect.objectContaining({ type: "step-done", step: expect.stringMatching(/^await-service\/db/) }),
  );
  expect(events.at(-1)).toMatchObject({ type: "succeeded" });
  expect(fake.world.containers.has(database)).toBe(true);
  const { body } = await agent.http.send("GET", "/v1/apps/shop");
  expect(body).toMatchObject({ services: { db: { fingerprint: fingerprintsOf(changed.model, {}).services["db"] } } });
  endFakeRuntime(fake);
});
