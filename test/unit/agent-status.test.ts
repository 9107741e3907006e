import { describe, expect, test } from "@jest/globals";
import { appStatus } from "../../host-agent/reconcile/status.ts";
import type { ObservedApp, ObservedContainer } from "../../modules/plan/types.ts";
import type { ServiceStatus } from "../../modules/protocol/app.ts";
import type { Model, Service } from "../../modules/stackfile/model.ts";

function model(web: Partial<Service> = {}): Model {
  return { name: "shop", services: { web: { image: "web:1", command: null, entrypoint: null, ...web } } };
}
function observed(...containers: Partial<ObservedContainer>[]): ObservedApp {
  return {
    containers: containers.map((container, index) => ({
      id: String(index),
      name: `shop-web-${index + 1}`,
      service: "web",
      number: index + 1,
      fingerprint: "f",
      image: "web:1",
      imageDigest: "sha256:1",
      state: "running",
      health: "none",
      ports: [],
      ...container,
    })),
    networks: [{ name: "shop_default", fingerprint: "f" }],
    volumes: [{ name: "shop_data", fingerprint: "f", key: "data" }],
    anonymousVolumes: [],
    images: {},
  };
}
const stateOf = (
  found: ObservedApp,
  wanted: Model | undefined,
  isChanging = false,
): ServiceStatus["state"] | undefined =>
  appStatus("shop", found, { release: undefined, model: wanted, isChanging }).services["web"]?.state;

const table: readonly {
  what: string;
  containers: Partial<ObservedContainer>[];
  web?: Partial<Service>;
  state: string;
}[] = [
  { what: "running without a health check", containers: [{}], state: "running" },
  { what: "running and healthy", containers: [{ health: "healthy" }], state: "running" },
  { what: "not healthy yet", containers: [{ health: "starting" }], state: "starting" },
  { what: "unhealthy", containers: [{ health: "unhealthy" }], state: "unhealthy" },
  { what: "ending again and again", containers: [{ state: "restarting" }], state: "unhealthy" },
  { what: "ended well", containers: [{ state: "exited", exitCode: 0 }], state: "completed" },
  { what: "ended badly", containers: [{ state: "exited", exitCode: 1 }], state: "stopped" },
  { what: "not started", containers: [{ state: "created" }], state: "stopped" },
  { what: "not there", containers: [], state: "absent" },
  { what: "wanted twice, there once", containers: [{}], web: { scale: 2 }, state: "stopped" },
  {
    what: "wanted twice, one unhealthy",
    containers: [{}, { health: "unhealthy" }],
    web: { scale: 2 },
    state: "unhealthy",
  },
  {
    what: "wanted twice, one not healthy yet",
    containers: [{}, { health: "starting" }],
    web: { scale: 2 },
    state: "starting",
  },
  {
    what: "wanted twice as replicas, there once",
    containers: [{}],
    web: { deploy: { replicas: 2 } },
    state: "stopped",
  },
  {
    what: "one for each host, whatever its replicas say",
    containers: [{}],
    web: { deploy: { mode: "global", replicas: 3 } },
    state: "running",
  },
  { what: "not wanted and not there", containers: [], web: { scale: 0 }, state: "completed" },
];

describe("the state of a service", () => {
  test.each(table)("$what: $state", ({ containers, web, state }) => {
    expect(stateOf(observed(...containers), model(web))).toBe(state);
  });

  test.each<[string, Partial<ObservedContainer>[], string]>([
    ["stopped to be replaced", [{ state: "exited", exitCode: 137 }], "starting"],
    ["not started yet", [{ state: "created" }], "starting"],
    ["not there yet", [], "starting"],
    ["unhealthy", [{ health: "unhealthy" }], "unhealthy"],
    ["running", [{}], "running"],
  ])("while the app is changed, one that is %s", (_what, containers, state) => {
    expect(stateOf(observed(...containers), model(), true)).toBe(state);
  });

  test("is known without a release too: of what is there", () => {
    expect(stateOf(observed({ health: "unhealthy" }), undefined)).toBe("unhealthy");
  });
});

test("the status of an app names its release, networks and volumes", () => {
  expect(appStatus("shop", observed({}), { release: "r1", model: model(), isChanging: false })).toMatchObject({
    name: "shop",
    release: "r1",
    networks: ["shop_default"],
    volumes: ["shop_data"],
    services: { web: { imageDigest: "sha256:1", containers: [{ name: "shop-web-1" }] } },
  });
});
