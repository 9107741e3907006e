import { describe, expect, it } from "@jest/globals";
import { planApply } from "../../modules/plan/apply.ts";
import { explain } from "../../modules/plan/explain.ts";
import { planRemove } from "../../modules/plan/remove.ts";
import { desired, nothing, planChange, running, withContainer } from "../support/app-states.ts";

const shop = `
services:
  web: { image: "web:1", ports: ["8080:80"], depends_on: { api: { condition: service_healthy } } }
  api: { image: "api:1", depends_on: [cache], healthcheck: { test: probe }, environment: { LEVEL: info } }
  cache: { image: "cache:1", volumes: ["data:/data"] }
volumes: { data: }
`;

const lines = (text: string): string => text.trim();

describe("explain", () => {
  it("shows what a new app gets", () => {
    expect(explain(planApply(desired(shop), nothing))).toBe(
      lines(`
+  image      api:1         is not on the host
+  image      cache:1       is not on the host
+  image      web:1         is not on the host
+  network    shop_default  is new
+  volume     shop_data     is new
+  container  shop-cache-1  service cache is new
+  container  shop-api-1    service api is new
+  container  shop-web-1    service web is new
`),
    );
  });

  it("shows each replacement once, with what changed and how", () => {
    const to = shop.replace("info", "debug").replace("web:1", "web:2").replace("cache:1", "cache:2");
    expect(explain(planChange({ from: shop, to }))).toBe(
      lines(`
+  image      cache:2       is not on the host
+  image      web:2         is not on the host
+- container  shop-cache-1  image cache:1 -> cache:2; stops first: /data is writable and may not have two writers
+- container  shop-api-2    in place of shop-api-1: environment.LEVEL changed
+- container  shop-web-1    image web:1 -> web:2; stops first: host port 8080 is taken until then
`),
    );
  });

  it("says that a replacement keeps the data of its anonymous volumes", () => {
    const text = "services: { db: { image: 'db:1', volumes: [/data], restart: always } }\n";
    expect(explain(planChange({ from: text, to: text.replace("db:1", "db:2") }))).toBe(
      lines(`
+  image      db:2       is not on the host
+- container  shop-db-1  image db:1 -> db:2; stops first: the anonymous volume /data has one container at a time; keeps the data of its anonymous volumes (/data)
`),
    );
  });

  it("says that a container comes back to the anonymous volumes of one that is gone", () => {
    const text = "services: { db: { image: 'db:1', volumes: [/data], restart: always } }\n";
    const lost = { ...running(text), containers: [] };
    expect(explain(planApply(desired(text), lost, { previous: desired(text) }))).toBe(
      "+  container  shop-db-1  service db has no container; keeps the data of its anonymous volumes (/data)",
    );
  });

  it("shows that the anonymous volumes of a service go with it", () => {
    const from = "services: { a: { image: i, restart: always }, db: { image: 'db:1', volumes: [/data] } }\n";
    expect(explain(planChange({ from, to: from.replace(/, db: \{.*\] \}/, "") }))).toMatch(
      /^- {2}container {2}shop-db-1 .*\n- {2}volume .* service db is gone$/,
    );
  });

  it("names no change that needs no new container beside one that does", () => {
    const to = shop.replace("info", "debug").replace('"api:1",', '"api:1", oom_kill_disable: true, attach: false,');
    expect(explain(planChange({ from: shop, to }))).toBe(
      "+- container  shop-api-2  in place of shop-api-1: environment.LEVEL changed",
    );
  });

  it("says that something changed where it does not know what was before", () => {
    const plan = planChange({ from: shop, to: shop.replace("info", "debug") }, {});
    expect(explain(plan)).toContain("in place of shop-api-1: definition changed");
  });

  it("names a secret whose content changed and shows no content", () => {
    const text = "services: { a: { image: i, secrets: [key] } }\nsecrets: { key: { file: ./key } }\n";
    const before = desired(text, { "secrets/key": "old-s3cret" });
    const after = desired(text, { "secrets/key": "new-s3cret" });
    const plan = planApply(after, running(text, { "secrets/key": "old-s3cret" }), { previous: before });
    expect(explain(plan)).toContain("content of secret key changed");
    expect(JSON.stringify(plan)).not.toContain("s3cret");
  });

  it("shows what starts again, what is waited for and what goes", () => {
    const host = withContainer(running(shop), "shop-cache-1", { state: "exited", exitCode: 1 });
    const waiting = withContainer(host, "shop-api-1", { health: "starting" });
    const without = shop.replace(/ {2}web:.*\n/, "");
    expect(explain(planApply(desired(without), waiting))).toBe(
      lines(`
-  container  shop-web-1    service web is gone
~  container  shop-cache-1  ended with exit code 1
.  service    api           is not healthy yet
`),
    );
  });

  it("shows a network that is made anew on one line", () => {
    const text = "services: { a: { image: i, networks: [n], restart: always } }\nnetworks: { n: }\n";
    const to = text.replace("n: }", "n: { internal: true } }");
    expect(explain(planChange({ from: text, to }))).toBe(
      lines(`
+- network    shop_n    definition changed
+- container  shop-a-2  in place of shop-a-1: network n changed
`),
    );
  });

  it("says when there is nothing to do", () => {
    expect(explain(planApply(desired(shop), running(shop)))).toBe("nothing to do");
  });

  it("tells what no step can do", () => {
    const plan = planChange({ from: shop, to: shop.replace("data: }", "data: { driver_opts: { type: tmpfs } } }") });
    expect(explain(plan)).toBe(
      "!  volume shop_data stays as it was made: its definition changed, and making it anew would delete its data",
    );
  });
});

describe("planRemove", () => {
  it("takes away containers and networks and leaves the volumes", () => {
    expect(explain(planRemove("shop", running(shop), []))).toBe(
      lines(`
-  container  shop-api-1    app shop is removed
-  container  shop-cache-1  app shop is removed
-  container  shop-web-1    app shop is removed
-  network    shop_default  app shop is removed
`),
    );
  });

  it("takes away the volumes that are asked for by key", () => {
    expect(explain(planRemove("shop", running(shop), ["data", "other"]))).toContain(
      "-  volume     shop_data     its deletion was asked for",
    );
  });

  it("takes away a volume with a name of its own by key, and no other that has the key for its name", () => {
    const named = shop.replace("data: }", "data: { name: their-data }, their-data: { name: data } }");
    expect(explain(planRemove("shop", running(named), ["data"]))).toContain("-  volume     their-data ");
    expect(
      planRemove("shop", running(named), ["data"]).steps.filter(({ kind }) => kind === "remove-volume"),
    ).toHaveLength(1);
  });

  it("removes networks and volumes when no container uses them any more", () => {
    const { steps } = planRemove("shop", running(shop), ["data"]);
    const containers = steps.filter(({ kind }) => kind === "remove-container").map(({ id }) => id);
    expect(
      steps.filter(({ kind }) => kind === "remove-network" || kind === "remove-volume").map(({ needs }) => needs),
    ).toEqual([containers, containers]);
  });

  it("has nothing to do where nothing is left", () => {
    expect(planRemove("shop", nothing, ["data"])).toEqual({ app: "shop", steps: [] });
  });
});
