import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { parse, stringify } from "yaml";
import { explainChange } from "../../modules/stackfile/explain-change.ts";
import {
  digestOf,
  fingerprintNetwork,
  fingerprintOf,
  fingerprintsOf,
  fingerprintVolume,
} from "../../modules/stackfile/fingerprint.ts";
import type { Model, Service } from "../../modules/stackfile/model.ts";
import { loadModel } from "../support/stack-files.ts";

const text = `
name: shop
services:
  web:
    image: web:1
    command: serve --port 80
    environment: { LEVEL: info, KEY: }
    ports: ["8080:80"]
    volumes: ["data:/data", "/shop/site:/site:ro"]
    networks: [front]
    secrets: [key]
    healthcheck: { test: probe, interval: 5s }
    depends_on: [db]
    deploy: { replicas: 2, resources: { limits: { memory: 64m } } }
  db: { image: db:1 }
networks: { front: }
volumes: { data: }
secrets: { key: { file: ./key } }
`;
const digests = { "secrets/key": digestOf("secret") };
const model = loadModel(text);

function of(changed: Model, contents: Readonly<Record<string, string>> = digests): string {
  return fingerprintOf(changed, changed.services["web"]!, contents);
}

const edited = (from: string, to: string): Model => {
  expect(text).toContain(from);
  return loadModel({ files: { "compose.yaml": text.replace(from, to) }, input: { profiles: ["*"] } });
};

describe("a fingerprint", () => {
  // A change here recreates every container of every user: make a new version instead.
  it("has a fixed value", () => {
    expect(fingerprintsOf(model, digests)).toEqual({
      networks: {
        default: "v1:sha256:d4b9a3c6f947d9af4c09ab91d46cc70811e3bace2bb0202844726ac15265acfe",
        front: "v1:sha256:2cb286734c5d71042b1cc273254687d42d47b91965224855a4b11bfd7e72ad5b",
      },
      services: {
        db: "v1:sha256:1624db1c0250a0ff9d0084a9a23b4a7297788ca1cd04c0ceec38501f783dd60d",
        web: "v1:sha256:b9233b4522cb7eb8aff67247aa9b4c4bbff048dbd94be21e1c7df37d245463da",
      },
      volumes: {
        data: "v1:sha256:76f4f9204ac1e4fb0852f3a12dfc216d18cb5cdf8bc7cd5c7640776acd8265f0",
      },
    });
  });

  it.each([
    ["scale", "replicas: 2", "replicas: 3"],
    ["dependencies", "depends_on: [db]", "depends_on: { db: { condition: service_started, restart: true } }"],
    ["update order", "replicas: 2,", "replicas: 2, update_config: { order: start-first },"],
    ["profiles", "image: web:1", "image: web:1\n    profiles: [some]"],
    ["pull policy", "image: web:1", "image: web:1\n    pull_policy: always"],
    ["whether up attaches to it", "image: web:1", "image: web:1\n    attach: false"],
    ["how it is scaled", "replicas: 2,", "mode: global,"],
    ["labels of the service as a whole", "replicas: 2,", "replicas: 2, labels: { a: b },"],
    ["how it is rolled back", "replicas: 2,", "replicas: 2, rollback_config: { parallelism: 2 },"],
    ["how it is found in a cluster", "replicas: 2,", "replicas: 2, endpoint_mode: vip,"],
    ["keys of one's own", "image: web:1", "image: web:1\n    x-note: y"],
    ["how the image was built", "image: web:1", "image: web:1\n    build: ."],
    ["dev watch", "image: web:1", "image: web:1\n    develop: { watch: [{ path: ., action: restart }] }"],
    ["the name of a port", '["8080:80"]', '[{ target: 80, published: "8080", name: http, app_protocol: http }]'],
    ["the mode of a port", '["8080:80"]', '[{ target: 80, published: "8080", mode: host }]'],
    ["swappiness", "image: web:1", "image: web:1\n    mem_swappiness: 10"],
    ["what happens to it out of memory", "image: web:1", "image: web:1\n    oom_kill_disable: true"],
    [
      "the consistency of a mount",
      '"data:/data"',
      "{ type: volume, source: data, target: /data, consistency: cached }",
    ],
    ["a reservation of processors", "64m } }", "64m }, reservations: { cpus: 0.5 } }"],
    ["where it is placed", "replicas: 2,", "replicas: 2, placement: { preferences: [{ spread: node.labels.zone }] },"],
    ["another service", "db:1", "db:2"],
    ["comments and quotes", "command: serve --port 80", 'command: ["serve", "--port", "80"] # same'],
    ["list for map", "environment: { LEVEL: info, KEY: }", "environment: [KEY, LEVEL=info]"],
    ["long for short port", '["8080:80"]', '[{ target: 80, published: "8080" }]'],
    ["another unit", "64m", "65536k"],
    ["another unit of time", "5s", "5000ms"],
    ["an anchor", "image: web:1", "<<: { image: web:1 }"],
  ])("does not change with %s", (_, from, to) => {
    expect(of(edited(from, to))).toBe(of(model));
  });

  it.each([
    ["the image", "web:1", "web:2"],
    ["the command", "--port 80", "--port 81"],
    ["a variable", "LEVEL: info", "LEVEL: debug"],
    ["a variable that gets a value", "KEY: }", "KEY: '' }"],
    ["the order of ports", '["8080:80"]', '["8081:81", "8080:80"]'],
    ["a mount", ":ro", ""],
    ["the health check", "5s", "6s"],
    ["the memory limit", "64m", "65m"],
    ["the network's name", "front: }", "front: { name: other } }"],
    ["the volume's name", "data: }", "data: { name: other } }"],
    ["a restart policy", "replicas: 2,", "replicas: 2, restart_policy: { condition: any },"],
  ])("changes with %s", (_, from, to) => {
    expect(of(edited(from, to))).not.toBe(of(model));
  });

  it.each(["deploy: {}", "deploy: { resources: {} }", "deploy: { resources: { limits: {} } }"])(
    "is that of a service without deploy for %s",
    (nothing) => {
      const withNothing = edited("db: { image: db:1 }", `db: { image: db:1, ${nothing} }`);
      expect(fingerprintsOf(withNothing, digests)).toEqual(fingerprintsOf(model, digests));
    },
  );

  it("is the same whatever the delay between restarts", () => {
    const withDelay = (delay: string): Model =>
      edited("replicas: 2,", `replicas: 2, restart_policy: { condition: any${delay} },`);
    expect(of(withDelay(", delay: 5s, window: 10s"))).toBe(of(withDelay("")));
  });

  it("changes with the content of a secret that the service uses, and only then", () => {
    expect(of(model, { "secrets/key": digestOf("other") })).not.toBe(of(model));
    expect(of(model, { ...digests, "secrets/unused": digestOf("x") })).toBe(of(model));
  });

  it("does not depend on the order of keys", () => {
    fc.assert(
      fc.property(fc.infiniteStream(fc.nat()), (random) => {
        expect(fingerprintsOf(shuffled(model, random) as Model, digests)).toEqual(fingerprintsOf(model, digests));
      }),
      { numRuns: 50 },
    );
  });

  it("does not depend on how keys are spread over files", () => {
    const { services, ...rest } = toPlain(text);
    const { web, ...others } = services;
    fc.assert(
      fc.property(fc.array(fc.boolean(), { minLength: 20, maxLength: 20 }), (choices) => {
        const keys = Object.entries(web!);
        const part = (side: boolean) => Object.fromEntries(keys.filter((_, index) => choices[index] === side));
        const files = {
          "compose.yaml": stringify({ ...rest, services: { ...others, web: part(true) } }),
          "over.yaml": stringify({ services: { web: part(false) } }),
        };
        const input = { files: ["/shop/compose.yaml", "/shop/over.yaml"] };
        expect(fingerprintsOf(loadModel({ files, input }), digests)).toEqual(fingerprintsOf(model, digests));
      }),
      { numRuns: 50 },
    );
  });

  it("does not change with a zero that the tables of keys come to keep, nor with a default that they come to write", () => {
    const { web, ...others } = model.services;
    const zeros = { privileged: false, user: "", cpu_shares: 0, cap_add: [], blkio_config: {}, sysctls: {} };
    const changed = { ...model, services: { ...others, web: { ...web!, ...zeros, devices: [] } } };
    expect(fingerprintsOf(changed, digests)).toEqual(fingerprintsOf(model, digests));
    const network = { name: "a", driver: "bridge", internal: false, labels: {}, ipam: { config: [] }, external: false };
    expect(fingerprintNetwork(network)).toBe(fingerprintNetwork({ name: "a" }));
    expect(fingerprintVolume({ name: "a", driver: "local", driver_opts: {}, "x-a": 1 })).toBe(
      fingerprintVolume({ name: "a" }),
    );
  });

  it("tells networks apart by their definition, external ones by name", () => {
    expect(fingerprintNetwork({ name: "a" })).not.toBe(fingerprintNetwork({ name: "a", internal: true }));
    expect(fingerprintNetwork({ name: "a", external: true })).not.toBe(fingerprintNetwork({ name: "a" }));
    expect(fingerprintVolume({ name: "a" })).not.toBe(fingerprintVolume({ name: "a", driver_opts: { o: "bind" } }));
  });
});

describe("explainChange", () => {
  const before = model.services["web"]!;
  const after = (change: Partial<Service>): Service => ({ ...before, ...change });

  it.each([
    ["an image", { image: "web:2" }, ["image web:1 -> web:2"]],
    ["a variable by name", { environment: { LEVEL: "debug", KEY: null } }, ["environment.LEVEL changed"]],
    [
      "added and removed variables",
      { environment: { KEY: null, MORE: "1" } },
      ["environment.LEVEL removed", "environment.MORE added"],
    ],
    ["a variable that got a value", { environment: { LEVEL: "info", KEY: "" } }, ["environment.KEY changed"]],
    ["a command without its words", { command: ["serve", "--token", "s3cret"] }, ["command changed"]],
    ["a user", { user: "www" }, ["user (none) -> www"]],
    ["a list", { ports: [] }, ["ports changed"]],
    [
      "a variable with the name of what every object has",
      { environment: { LEVEL: "info", KEY: null, constructor: "x" } },
      ["environment.constructor added"],
    ],
    [
      "a limit where it is written",
      { deploy: { ...before.deploy, resources: { limits: { memory: "1" } } } },
      ["deploy.resources changed"],
    ],
    [
      "no limit that has only another place",
      { deploy: {}, mem_limit: "67108864", user: "www" },
      ["user (none) -> www"],
    ],
    ["nothing", {}, []],
  ])("names %s", (_, change, expected) => {
    expect(explainChange(before, after(change))).toEqual(expected);
  });

  it("names no address that has only another place", () => {
    const address = "02:42:ac:11:00:02";
    const one = { image: "i:1", mac_address: address, networks: { front: {} } };
    const other = { image: "i:2", networks: { front: { mac_address: address } } };
    expect(explainChange(one, other)).toEqual(["image i:1 -> i:2"]);
  });

  it("never shows a value of the environment", () => {
    fc.assert(
      fc.property(fc.string({ minLength: 6 }), (secret) => {
        const lines = explainChange(before, after({ environment: { LEVEL: `<${secret}>` } })).join();
        expect(lines).not.toContain(`<${secret}>`);
      }),
    );
  });
});

function shuffled(value: unknown, random: Iterator<number>): unknown {
  if (Array.isArray(value)) return value.map((item) => shuffled(item, random));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .map(([key, item]) => ({ key, item: shuffled(item, random), rank: Number(random.next().value) }))
      .sort((a, b) => a.rank - b.rank)
      .map(({ key, item }) => [key, item]),
  );
}

/** The file as data, before it is loaded: short forms and all. */
function toPlain(file: string): { services: Record<string, Record<string, unknown>> } {
  return parse(file) as { services: Record<string, Record<string, unknown>> };
}
