import { describe, expect, it } from "@jest/globals";
import { configsAndSecretsOf } from "../../modules/stackfile/contents.ts";
import { modelSchema } from "../../modules/stackfile/model.ts";
import { serviceNamesOf } from "../../modules/stackfile/names.ts";
import { findings, load, loadModel } from "../support/stack-files.ts";

const shop = `
name: shop
services:
  web:
    image: web:1
    ports: ["8080:80"]
    depends_on:
      api: { condition: service_healthy }
  api:
    image: api:1
    environment: { CACHE: cache:6379 }
    depends_on: [cache]
    healthcheck: { test: [CMD, probe], interval: 2s }
  cache:
    image: cache:1
    volumes: ["data:/data"]
volumes:
  data:
`;

describe("loadStackFile", () => {
  it.each([
    [
      "joins the default network that others have",
      "a: { image: i:1, network_mode: '' }, b: { image: i:1 }",
      { default: null },
    ],
    ["has no network where nobody has that", "a: { image: i:1, network_mode: '${MODE:-}' }", undefined],
  ])("a service whose network_mode is empty %s", (_, services, networks) => {
    expect(loadModel(`services: { ${services} }\n`).services["a"]?.networks).toEqual(networks);
  });

  it("gives the canonical model of an app", () => {
    expect(loadModel(shop)).toEqual({
      name: "shop",
      services: {
        web: {
          image: "web:1",
          command: null,
          entrypoint: null,
          ports: [{ mode: "ingress", target: 80, published: "8080", protocol: "tcp" }],
          depends_on: { api: { condition: "service_healthy", required: true } },
          networks: { default: null },
        },
        api: {
          image: "api:1",
          command: null,
          entrypoint: null,
          environment: { CACHE: "cache:6379" },
          depends_on: { cache: { condition: "service_started", required: true } },
          healthcheck: { test: ["CMD", "probe"], interval: "2s" },
          networks: { default: null },
        },
        cache: {
          image: "cache:1",
          command: null,
          entrypoint: null,
          volumes: [{ type: "volume", source: "data", target: "/data", volume: {} }],
          networks: { default: null },
        },
      },
      networks: { default: { name: "shop_default" } },
      volumes: { data: { name: "shop_data" } },
    });
  });

  it("takes an object like a file", () => {
    const inline = {
      name: "shop",
      services: { web: { image: "web:${TAG}", environment: { A: 1, B: "0777", C: null } } },
    };
    const model = loadModel({ files: {}, env: { TAG: "7" }, input: { inline, projectDirectory: "/shop" } });
    expect(model.services["web"]).toMatchObject({ image: "web:7", environment: { A: "1", B: "0777", C: null } });
  });

  it.each([
    ["Windows lines", "\r\n", ""],
    ["a tag", "\n", "!!str "],
  ])("takes a file of more than 2 MB with %s", (_, lineEnd, tag) => {
    const labels = Array.from({ length: 30_000 }, (_, index) => `      label-${index}: ${"x".repeat(60)}`);
    const text = ["services:", "  web:", `    image: ${tag}web:1`, "    labels:", ...labels, ""].join(lineEnd);
    const { image, labels: loaded = {} } = loadModel(text).services["web"] ?? {};
    expect({ image, labels: Object.keys(loaded).length }).toEqual({ image: "web:1", labels: 30_000 });
  });

  it("points into the JSON of an object", () => {
    const inline = { name: "shop", services: { web: { image: "i:1", prots: [] } } };
    expect(findings({ files: {}, input: { inline, projectDirectory: "/shop" } })).toEqual([
      '(inline):6:7 error unknown-key: unknown key "prots" in services.web',
    ]);
  });

  it("keeps x- keys of the file and of its services", () => {
    const model = loadModel(
      "x-team: { name: a }\nservices: { web: { image: i, x-owner: b, deploy: { x-note: c, replicas: 1 } } }\n",
    );
    expect(model["x-team"]).toEqual({ name: "a" });
    expect(model.services["web"]).toMatchObject({ "x-owner": "b", deploy: { replicas: 1 } });
    expect(modelSchema.parse(model)).toEqual(model);
  });

  it("treats keys like __proto__ as data", () => {
    const model = loadModel("services: { web: { image: i, labels: { __proto__: x, constructor: y } } }\n");
    const { labels } = model.services["web"] ?? {};
    expect(Object.entries(labels ?? {})).toEqual([
      ["__proto__", "x"],
      ["constructor", "y"],
    ]);
    expect(load("services: { web: { image: i, constructor: y } }\n").model).toBeUndefined();
  });
});

describe("variables that stand for far more text than the file", () => {
  it.each([
    ["in one value", `services: { a: { image: "i:1", working_dir: "${"$LONG".repeat(20_000)}" } }`],
    ["in nested defaults", `services: { a: { image: "i:1", working_dir: "\${NONE:-${"$LONG".repeat(20_000)}}" } }`],
  ])("are refused %s", (_, text) => {
    expect(findings({ files: { "compose.yaml": text }, env: { LONG: "x".repeat(100_000) } })).toEqual([
      "compose.yaml:1:45 error interpolation: services.a.working_dir: up to here, variables stand for more text than a project can have",
    ]);
  });
});

describe("the name of an app", () => {
  const file = "name: from-File\nservices: { web: { image: i } }\n";
  const nameless = "services: { web: { image: i } }\n";
  it.each([
    ["the caller's name wins", file, { input: { name: "mine" }, env: { COMPOSE_PROJECT_NAME: "env" } }, "mine"],
    ["then COMPOSE_PROJECT_NAME", file, { env: { COMPOSE_PROJECT_NAME: "env" } }, "env"],
    ["an empty one of the caller is none", file, { input: { name: "" }, env: { COMPOSE_PROJECT_NAME: "env" } }, "env"],
    ["then the file's, made to fit", file, {}, "from-file"],
    ["which may use variables", "name: ${WHO}-x\nservices: { web: { image: i } }\n", { env: { WHO: "me" } }, "me-x"],
    ["then the folder's, made to fit", nameless, { input: { projectDirectory: "/srv/_My App.v2" } }, "myappv2"],
  ])("%s", (_, text, options, name) => {
    expect(loadModel({ files: { "compose.yaml": text }, ...options }).name).toBe(name);
  });

  it("is there for the rest of the file", () => {
    const text = "name: shop\nservices: { web: { image: '${COMPOSE_PROJECT_NAME}:1' } }\n";
    expect(loadModel(text).services["web"]?.image).toBe("shop:1");
  });

  it("must fit where it was given", () => {
    expect(findings({ files: { "compose.yaml": file }, input: { name: "My App" } })).toEqual([
      'compose.yaml:1:1 error app-name: "My App" cannot be an app\'s name',
    ]);
  });
});

describe("serviceNamesOf", () => {
  it.each([
    ["a text", shop, ["web", "api", "cache"]],
    ["an object", { services: { a: {}, b: {} } }, ["a", "b"]],
    ["names with variables stay as they are", "services:\n  a${B}: {}\n", ["a${B}"]],
    ["several documents", "services: { a: {} }\n---\nservices: { a: {}, b: {} }\n", ["a", "b"]],
    ["a broken text", "services: [\n", []],
    ["no services", "volumes: {}\n", []],
    ["an object without services", {}, []],
  ])("%s", (_, stackFile, names) => {
    expect(serviceNamesOf(stackFile)).toEqual(names);
  });
});

describe("configsAndSecretsOf", () => {
  it("says what to read, from where and for whom", () => {
    const model = loadModel(`
services:
  a: { image: i, configs: [site, motd], secrets: [key] }
  b: { image: i, secrets: [key, token] }
configs:
  site: { file: ./site.conf }
  motd: { content: hello }
secrets:
  key: { file: /etc/key }
  token: { environment: TOKEN }
`);
    expect(configsAndSecretsOf(model)).toEqual([
      { key: "configs/site", source: { kind: "file", path: "/shop/site.conf" }, services: ["a"] },
      { key: "configs/motd", source: { kind: "content", text: "hello" }, services: ["a"] },
      { key: "secrets/key", source: { kind: "file", path: "/etc/key" }, services: ["a", "b"] },
      { key: "secrets/token", source: { kind: "environment", name: "TOKEN" }, services: ["b"] },
    ]);
  });
});
