import { expect, it } from "@jest/globals";
import type { FakeRuntime } from "../../host-agent/runtime/fake/runtime.ts";
import type { DesiredApp } from "../../modules/protocol/app.ts";
import { endFakeRuntime, fakeRuntime, service, startTestAgent } from "../support/agent.ts";

/** An app whose `web` shares the network, and `job` the volumes, of `db`. */
function sharing(image: string, scale = 1): DesiredApp {
  const dependsOn = { db: { condition: "service_started", required: true } } as const;
  const services = {
    db: service(image, { scale }),
    web: { image: "web:1", command: null, entrypoint: null, network_mode: "service:db", depends_on: dependsOn },
    job: service("web:1", { volumes_from: ["db:ro"], depends_on: dependsOn }),
  };
  const model = { name: "shop", services, networks: { default: { name: "shop_default" } } };
  return { model, contents: {}, registries: {} };
}

/** Names of the containers that those of a service were made with. */
function ownersOf({ world }: FakeRuntime, name: string): readonly string[] {
  const made = [...world.containers.values()].filter(({ spec }) => spec?.service === name);
  const ids = made.flatMap(({ spec }) => Object.values(spec?.owners ?? {}));
  return ids.map((id) => world.containers.get(id)?.name ?? `${id}, which is gone`);
}

it("what shares with a service has the container that stays, however the service comes to it", async () => {
  const runtime = fakeRuntime();
  await using agent = await startTestAgent(runtime);
  for (const [app, owner] of [
    [sharing("db:1"), "shop-db-1"],
    // The old one is still there when the others are made.
    [sharing("web:2"), "shop-db-2"],
    [sharing("web:2", 2), "shop-db-1"],
    [sharing("db:1", 1), "shop-db-3"],
  ] as const) {
    const events = await agent.http.apply(app);
    expect(events.at(-1)?.type).toBe("succeeded");
    // Nothing came as a surprise.
    expect(events.filter(({ type }) => type === "planned")).toHaveLength(1);
    const owners = [...ownersOf(runtime, "web"), ...ownersOf(runtime, "job")];
    expect(owners).toEqual([owner, owner]);
  }
  endFakeRuntime(runtime);
});
