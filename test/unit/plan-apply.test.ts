import { describe, expect, it } from "@jest/globals";
import { planApply } from "../../modules/plan/apply.ts";
import { desired, nothing, planChange, running, steps, withContainer } from "../support/app-states.ts";

const shop = `
services:
  web: { image: "web:1", ports: ["8080:80"], depends_on: { api: { condition: service_healthy } } }
  api: { image: "api:1", depends_on: [cache], healthcheck: { test: probe }, environment: { LEVEL: info } }
  cache: { image: "cache:1", volumes: ["data:/data"] }
volumes: { data: }
`;

describe("a plan for a new app", () => {
  it("makes everything in the order of dependencies", () => {
    expect(steps(planApply(desired(shop), nothing))).toEqual([
      "ensure-image/api:1",
      "ensure-image/cache:1",
      "ensure-image/web:1",
      "create-network/default",
      "create-volume/data",
      "create-container/shop-cache-1 <- ensure-image/cache:1, create-network/default, create-volume/data",
      "start-container/shop-cache-1 <- create-container/shop-cache-1",
      "await-service/cache/started <- start-container/shop-cache-1",
      "create-container/shop-api-1 <- ensure-image/api:1, create-network/default",
      "start-container/shop-api-1 <- create-container/shop-api-1, await-service/cache/started",
      "await-service/api/healthy <- start-container/shop-api-1",
      "create-container/shop-web-1 <- ensure-image/web:1, create-network/default",
      "start-container/shop-web-1 <- create-container/shop-web-1, await-service/api/healthy",
      "await-service/web/started <- start-container/shop-web-1",
    ]);
  });

  it("is the same whatever the order of the file", () => {
    const lines = shop.trim().split("\n");
    const turned = [lines[0], lines[3], lines[2], lines[1], lines[4]].join("\n");
    expect(planApply(desired(turned), nothing)).toEqual(planApply(desired(shop), nothing));
  });

  it("needs no image that is there", () => {
    const host = { ...nothing, images: { "web:1": "sha256:1", "api:1": "sha256:2" } };
    expect(steps(planApply(desired(shop), host)).filter((line) => line.startsWith("ensure"))).toEqual([
      "ensure-image/cache:1",
    ]);
  });

  it("makes replicas side by side", () => {
    expect(steps(planApply(desired("services: { w: { image: i, scale: 2, network_mode: none } }"), nothing))).toEqual([
      "ensure-image/i",
      "create-container/shop-w-1 <- ensure-image/i",
      "start-container/shop-w-1 <- create-container/shop-w-1",
      "create-container/shop-w-2 <- ensure-image/i",
      "start-container/shop-w-2 <- create-container/shop-w-2",
      "await-service/w/started <- start-container/shop-w-1, start-container/shop-w-2",
    ]);
  });

  it("makes one container of a service that wants one for each host, whatever its replicas say", () => {
    const text = "services: { w: { image: i, deploy: { mode: global, replicas: 3 }, network_mode: none } }";
    expect(steps(planApply(desired(text), nothing))).toEqual([
      "ensure-image/i",
      "create-container/shop-w-1 <- ensure-image/i",
      "start-container/shop-w-1 <- create-container/shop-w-1",
      "await-service/w/started <- start-container/shop-w-1",
    ]);
  });

  it("waits for a one-shot to complete", () => {
    const text = `
services:
  app: { image: a, network_mode: none, depends_on: { migrate: { condition: service_completed_successfully } } }
  migrate: { image: m, network_mode: none }
`;
    expect(steps(planApply(desired(text), nothing))).toEqual([
      "ensure-image/a",
      "ensure-image/m",
      "create-container/shop-migrate-1 <- ensure-image/m",
      "start-container/shop-migrate-1 <- create-container/shop-migrate-1",
      "await-service/migrate/started <- start-container/shop-migrate-1",
      "await-service/migrate/completed <- start-container/shop-migrate-1",
      "create-container/shop-app-1 <- ensure-image/a",
      "start-container/shop-app-1 <- create-container/shop-app-1, await-service/migrate/completed",
      "await-service/app/started <- start-container/shop-app-1",
    ]);
  });

  it("does not wait for a dependency of which none is wanted", () => {
    const text = "services: { a: { image: i, network_mode: none, depends_on: [b] }, b: { image: i, scale: 0 } }";
    expect(steps(planApply(desired(text), nothing))).toContain("start-container/shop-a-1 <- create-container/shop-a-1");
  });

  it("leaves external networks and volumes to their owner", () => {
    const text = `
services: { a: { image: i, networks: [n], volumes: ["vol:/v"] } }
networks: { n: { external: true } }
volumes: { vol: { external: true } }
`;
    expect(steps(planApply(desired(text), nothing)).filter((line) => /network|volume/.test(line))).toEqual([]);
  });
});

describe("a plan for an app that runs", () => {
  it("is empty when nothing changed", () => {
    expect(planApply(desired(shop), running(shop))).toEqual({ app: "shop", steps: [] });
  });

  it("stops the old one first where both would write", () => {
    expect(steps(planChange({ from: shop, to: shop.replace("cache:1", "cache:2") }))).toEqual([
      "ensure-image/cache:2",
      "stop-container/shop-cache-1 <- ensure-image/cache:2",
      "remove-container/shop-cache-1 <- stop-container/shop-cache-1",
      "create-container/shop-cache-1 <- ensure-image/cache:2, remove-container/shop-cache-1",
      "start-container/shop-cache-1 <- create-container/shop-cache-1",
      "await-service/cache/started <- start-container/shop-cache-1",
    ]);
  });

  it("starts the new one first where two can run, and stops the old one when the new one is healthy", () => {
    expect(steps(planChange({ from: shop, to: shop.replace("info", "debug") }))).toEqual([
      "create-container/shop-api-2",
      "start-container/shop-api-2 <- create-container/shop-api-2",
      "await-service/api/healthy <- start-container/shop-api-2",
      "stop-container/shop-api-1 <- await-service/api/healthy",
      "remove-container/shop-api-1 <- stop-container/shop-api-1",
    ]);
  });

  it("stops nothing before every image is there and what it depends on is ready", () => {
    const to = shop.replace("web:1", "web:2").replace("api:1", "api:2");
    const lines = steps(planChange({ from: shop, to }));
    expect(lines).toContain(
      "stop-container/shop-web-1 <- ensure-image/api:2, ensure-image/web:2, await-service/api/healthy",
    );
    expect(lines).toContain(
      "stop-container/shop-api-1 <- ensure-image/api:2, ensure-image/web:2, await-service/api/healthy",
    );
  });

  it("replaces replicas that stop first one after the other", () => {
    const text = 'services: { w: { image: "i:1", scale: 2, restart: always, network_mode: none, volumes: ["/d:/d"] } }';
    expect(steps(planChange({ from: text, to: text.replace("i:1", "i:2") }))).toEqual([
      "ensure-image/i:2",
      "stop-container/shop-w-1 <- ensure-image/i:2",
      "remove-container/shop-w-1 <- stop-container/shop-w-1",
      "create-container/shop-w-1 <- ensure-image/i:2, remove-container/shop-w-1",
      "start-container/shop-w-1 <- create-container/shop-w-1",
      "stop-container/shop-w-2 <- ensure-image/i:2, start-container/shop-w-1",
      "remove-container/shop-w-2 <- stop-container/shop-w-2",
      "create-container/shop-w-2 <- ensure-image/i:2, remove-container/shop-w-2",
      "start-container/shop-w-2 <- create-container/shop-w-2",
      "await-service/w/started <- start-container/shop-w-1, start-container/shop-w-2",
    ]);
  });

  it("scales up with the lowest free numbers", () => {
    const text = "services: { w: { image: i, scale: 3, restart: always } }";
    const host = running(text);
    const holed = { ...host, containers: host.containers.filter(({ number }) => number !== 2) };
    expect(steps(planApply(desired(text), holed)).slice(0, 2)).toEqual([
      "create-container/shop-w-2",
      "start-container/shop-w-2 <- create-container/shop-w-2",
    ]);
  });

  it("scales down, the highest number first", () => {
    const from = "services: { w: { image: i, scale: 3, restart: always } }";
    expect(steps(planChange({ from, to: from.replace("3", "1") }))).toEqual([
      "stop-container/shop-w-3",
      "remove-container/shop-w-3 <- stop-container/shop-w-3",
      "stop-container/shop-w-2",
      "remove-container/shop-w-2 <- stop-container/shop-w-2",
    ]);
  });

  it("takes away services that are gone, and their networks, but no volume", () => {
    const from = `
services: { a: { image: i }, b: { image: i, restart: always, networks: [n], volumes: ["data:/d"] } }
networks: { n: }
volumes: { data: }
`;
    expect(steps(planChange({ from, to: "services: { a: { image: i } }" }))).toEqual([
      "stop-container/shop-b-1",
      "remove-container/shop-b-1 <- stop-container/shop-b-1",
      "remove-network/shop_n <- remove-container/shop-b-1",
    ]);
  });

  it("lets a service that is gone make way for the one that takes its port", () => {
    const from = 'services: { a: { image: i, ports: ["80:80"] } }';
    const host = withContainer(running(from), "shop-a-1", {
      ports: [{ hostIp: "0.0.0.0", published: 80, target: 80, protocol: "tcp" }],
    });
    expect(steps(planApply(desired(from.replace("a:", "b:")), host))).toContain(
      "start-container/shop-b-1 <- create-container/shop-b-1, stop-container/shop-a-1",
    );
  });

  it("lets two services swap their ports", () => {
    const from = `
services:
  a: { image: i, ports: ["81:80"], depends_on: [b] }
  b: { image: i, ports: ["82:80"] }
`;
    const bound = (published: number) => ({ ports: [{ hostIp: "", published, target: 80, protocol: "tcp" as const }] });
    const host = withContainer(withContainer(running(from), "shop-a-1", bound(81)), "shop-b-1", bound(82));
    const to = from.replace("81:", "8x:").replace("82:", "81:").replace("8x:", "82:");
    const lines = steps(planApply(desired(to), host));
    expect(lines).toContain("stop-container/shop-a-1");
    expect(lines).toContain("stop-container/shop-b-1");
    expect(lines).toContain("start-container/shop-b-1 <- create-container/shop-b-1, stop-container/shop-a-1");
    expect(lines).toContain(
      "start-container/shop-a-1 <- create-container/shop-a-1, await-service/b/started, stop-container/shop-b-1",
    );
  });

  it("makes a changed network anew, with what is connected to it", () => {
    const from = "services: { a: { image: i, restart: always, networks: [n] }, b: { image: i } }\nnetworks: { n: }\n";
    expect(steps(planChange({ from, to: from.replace("n: }", "n: { internal: true } }") }))).toEqual([
      "stop-container/shop-a-1",
      "remove-container/shop-a-1 <- stop-container/shop-a-1",
      "remove-network/shop_n <- remove-container/shop-a-1",
      "create-network/n <- remove-network/shop_n",
      "create-container/shop-a-2 <- create-network/n",
      "start-container/shop-a-2 <- create-container/shop-a-2",
      "await-service/a/started <- start-container/shop-a-2",
    ]);
  });

  it("tells that a changed volume stays as it was made", () => {
    const from = 'services: { a: { image: i, volumes: ["data:/d"] } }\nvolumes: { data: }\n';
    const plan = planChange({ from, to: from.replace("data: }", "data: { labels: { a: b } } }") });
    expect(plan).toEqual({
      app: "shop",
      steps: [],
      notes: [
        "volume shop_data stays as it was made: its definition changed, and making it anew would delete its data",
      ],
    });
  });

  it("asks for an image every time where its policy says so", () => {
    const text = "services: { a: { image: i, pull_policy: always } }";
    expect(steps(planApply(desired(text), running(text)))).toEqual(["ensure-image/i"]);
  });

  it("replaces a container whose image has new content", () => {
    const text = "services: { a: { image: i } }";
    const host = running(text);
    const plan = planApply(desired(text), { ...host, images: { i: "sha256:new" } });
    expect(plan.steps[0]).toMatchObject({ kind: "create-container", reason: "image i has new content" });
  });

  it("keeps a container whose image is no longer on the host", () => {
    const text = "services: { a: { image: i } }";
    expect(planApply(desired(text), { ...running(text), images: {} }).steps).toEqual([]);
  });
});

describe("a container that does not run as it should", () => {
  const always = "services: { a: { image: i, restart: always } }";
  it.each([
    ["created", { state: "created" }, ["start-container/shop-a-1"], "was created and not started"],
    ["exited", { state: "exited", exitCode: 137 }, ["start-container/shop-a-1"], "ended with exit code 137"],
    ["exited with 0", { state: "exited", exitCode: 0 }, ["start-container/shop-a-1"], "ended with exit code 0"],
    [
      "paused",
      { state: "paused" },
      ["stop-container/shop-a-1", "start-container/shop-a-1 <- stop-container/shop-a-1"],
      "is paused",
    ],
  ] as const)("is started again when %s", (_, change, expected, reason) => {
    const plan = planApply(desired(always), withContainer(running(always), "shop-a-1", change));
    expect(steps(plan)).toEqual([...expected, "await-service/a/started <- start-container/shop-a-1"]);
    expect(plan.steps[0]?.reason).toBe(reason);
  });

  it("is made anew when it is dead: the engine cannot start it", () => {
    expect(steps(planApply(desired(always), withContainer(running(always), "shop-a-1", { state: "dead" })))).toEqual([
      "create-container/shop-a-2",
      "start-container/shop-a-2 <- create-container/shop-a-2",
      "await-service/a/started <- start-container/shop-a-2",
      "remove-container/shop-a-1 <- await-service/a/started",
    ]);
  });

  it.each(["starting", "unhealthy"] as const)("is waited for while it is %s", (health) => {
    const plan = planApply(desired(shop), withContainer(running(shop), "shop-api-1", { health }));
    expect(steps(plan)).toEqual(["await-service/api/healthy"]);
  });

  it("is left to its successor when a start-first replacement was cut short", () => {
    const to = shop.replace("info", "debug");
    const before = running(shop);
    const [, after] = [before, running(to)];
    const successor = after.containers.find(({ service }) => service === "api")!;
    const half = {
      ...before,
      containers: [
        ...before.containers,
        { ...successor, id: "new", name: "shop-api-2", number: 2, health: "starting" as const },
      ],
    };
    expect(steps(planApply(desired(to), half))).toEqual([
      "await-service/api/healthy",
      "stop-container/shop-api-1 <- await-service/api/healthy",
      "remove-container/shop-api-1 <- stop-container/shop-api-1",
    ]);
  });
});

describe("a one-shot", () => {
  const withJob = (job: string, dependent = ""): string =>
    `services:\n  job: { image: i, ${job} }\n  app: { image: i, restart: always${dependent} }\n`;
  const done = { state: "exited", exitCode: 0, health: "none" } as const;

  it.each([
    [
      "a service that others wait to complete",
      withJob("restart: always", ", depends_on: { job: { condition: service_completed_successfully } }"),
    ],
    ["restart: no", withJob('restart: "no"')],
    ["restart: on-failure", withJob("restart: on-failure:3")],
    [
      "a condition of deploy.restart_policy, whatever restart says",
      withJob("restart: always, deploy: { restart_policy: { condition: none } }"),
    ],
    [
      "a deploy.restart_policy that says nothing, whatever restart says",
      withJob("restart: always, deploy: { restart_policy: {} }"),
    ],
    ["a service that nothing counts on", withJob("user: x")],
  ])("is %s: it is not run again", (_, text) => {
    expect(planApply(desired(text), withContainer(running(text), "shop-job-1", done)).steps).toEqual([]);
  });

  it.each([
    ["is always restarted", withJob("restart: always")],
    ["publishes a port", withJob('ports: ["80:80"]')],
    ["has a health check", withJob("healthcheck: { test: x }")],
    ["is depended on", withJob("user: x", ", depends_on: [job]")],
  ])("is not a service that %s: it is started again", (_, text) => {
    const plan = planApply(desired(text), withContainer(running(text), "shop-job-1", done));
    expect(plan.steps[0]).toMatchObject({ kind: "start-container", name: "shop-job-1" });
  });

  it("runs again after a failure, and after a change", () => {
    const text = withJob("restart: on-failure");
    const failed = withContainer(running(text), "shop-job-1", { ...done, exitCode: 1 });
    expect(steps(planApply(desired(text), failed))[0]).toBe("start-container/shop-job-1");
    const changed = planChange({ from: text, to: text.replace("image: i, restart: on", "image: j, restart: on") });
    expect(steps(changed)).toContain("create-container/shop-job-2 <- ensure-image/j");
  });
});

describe("a dependent", () => {
  const text = (dependency: string): string => `
services:
  app: { image: i, restart: always, depends_on: { db: ${dependency} } }
  db: { image: "db:1", restart: always, volumes: ["data:/d"] }
volumes: { data: }
`;
  const change = (dependency: string) =>
    steps(planChange({ from: text(dependency), to: text(dependency).replace("db:1", "db:2") }));

  it("is restarted after its dependency was replaced, where it asks for it", () => {
    expect(change("{ condition: service_started, restart: true }").slice(-3)).toEqual([
      "stop-container/shop-app-1 <- ensure-image/db:2, await-service/db/started",
      "start-container/shop-app-1 <- stop-container/shop-app-1, await-service/db/started",
      "await-service/app/started <- start-container/shop-app-1",
    ]);
  });

  it("is left alone otherwise", () => {
    expect(change("{ condition: service_started }").join("\n")).not.toContain("shop-app-1");
  });

  const sharing = (keys: string): string =>
    `services: { a: { image: "a:1", restart: always }, b: { image: i, restart: always, ${keys} } }`;

  it.each([
    ["whose volumes it has", "volumes_from: [a]", "shares the volumes of a, which is made anew"],
    ["whose processes it sees", 'pid: "service:a"', "shares a namespace of a, which is made anew"],
  ])("is made anew with the service %s", (_, keys, reason) => {
    const from = sharing(keys);
    const made = planChange({ from, to: from.replace("a:1", "a:2") }).steps.find(
      (step) => step.kind === "create-container" && step.service === "b",
    );
    expect(made?.reason).toBe(reason);
  });

  it.each([
    ["volumes_from: [a]"],
    ['pid: "service:a"'],
    ['ipc: "service:a"'],
    ['network_mode: "service:a"'],
    ['network_mode: "container:shop-a-1", depends_on: [a]'],
    ['volumes_from: ["container:shop-a-1:ro"], depends_on: [a]'],
  ])("is made after the container of the service that it shares %s with", (keys) => {
    const made = planApply(desired(sharing(keys)), nothing).steps.find(({ id }) => id === "create-container/shop-b-1");
    expect(made?.needs).toContain("create-container/shop-a-1");
  });

  it("is made anew with the service whose network it shares", () => {
    const from = 'services: { vpn: { image: "v:1", restart: always }, app: { image: i, network_mode: "service:vpn" } }';
    expect(steps(planChange({ from, to: from.replace("v:1", "v:2") }))).toEqual([
      "ensure-image/v:2",
      "create-container/shop-vpn-2 <- ensure-image/v:2",
      "start-container/shop-vpn-2 <- create-container/shop-vpn-2",
      "await-service/vpn/started <- start-container/shop-vpn-2",
      "stop-container/shop-vpn-1 <- ensure-image/v:2, await-service/vpn/started",
      "remove-container/shop-vpn-1 <- stop-container/shop-vpn-1",
      "remove-container/shop-app-1 <- ensure-image/v:2, await-service/vpn/started",
      "create-container/shop-app-1 <- create-container/shop-vpn-2, remove-container/shop-app-1",
      "start-container/shop-app-1 <- create-container/shop-app-1, await-service/vpn/started",
      "await-service/app/started <- start-container/shop-app-1",
    ]);
  });
});

// Every object answers to these, whether or not it was given them.
describe.each(["constructor", "toString", "valueOf"])("a service called %s, with an image called so", (name) => {
  // An image has no capital letters.
  const image = name.toLowerCase();
  const other = "services: { other: { image: i, network_mode: none } }";
  const named = `services: { other: { image: i, network_mode: none }, ${name}: { image: ${image}, network_mode: none } }`;

  it("gets its image, where the host has none", () => {
    expect(steps(planApply(desired(named), nothing))).toContain(`ensure-image/${image}`);
  });

  it("is left alone when nothing changed", () => {
    expect(planChange({ from: named, to: named }).steps).toEqual([]);
  });

  it("is new where it was not", () => {
    const made = planChange({ from: other, to: named }).steps.find(
      ({ id }) => id === `create-container/shop-${name}-1`,
    );
    expect(made?.reason).toBe(`service ${name} is new`);
  });

  it("goes when it is gone from the file, and its anonymous volumes with it", () => {
    const volume = { name: "v", service: name, number: 1, target: "/data" };
    const plan = planApply(desired(other), { ...running(named), anonymousVolumes: [volume] });
    expect(steps(plan)).toEqual([
      `remove-container/shop-${name}-1`,
      `remove-volume/v <- remove-container/shop-${name}-1`,
    ]);
  });
});
