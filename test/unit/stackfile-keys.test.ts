import { execFileSync } from "node:child_process";
import { describe, expect, it } from "@jest/globals";
import { stringify } from "yaml";
import { canonicalJson } from "../../modules/stackfile/canonical-json.ts";
import type { Key, Shape } from "../../modules/stackfile/shapes/shape.ts";
import { stackFile } from "../../modules/stackfile/keys/top.ts";
import { modelSchema } from "../../modules/stackfile/model.ts";
import { homeFrom } from "../../modules/system/home.ts";
import { oracleIn } from "../../tools/oracle/install.ts";
import { leavesOf, outcomeOf } from "../support/key-effects.ts";
import { notRun } from "../support/not-run.ts";
import { isThere } from "../support/oracle.ts";
import { load } from "../support/stack-files.ts";

type Values = Readonly<Record<string, unknown>>;

/** What a key is tried in: the service `web` of an app, which has one of everything. */
const web = {
  image: "i:1",
  networks: { front: {} },
  volumes: ["data:/data"],
  configs: ["one"],
  secrets: ["key"],
};
const app = {
  name: "shop",
  services: { web, db: { image: "db:1" }, cache: { image: "cache:1", user: "x" } },
  networks: { front: {}, back: {} },
  volumes: { data: {}, more: {} },
  configs: { one: { content: "x" }, two: { content: "y" } },
  secrets: { key: { environment: "KEY" }, two: { environment: "TWO" } },
};

/** Files beside the stack file. */
const files = {
  "/shop/x": "X=0\n",
  "/one/x": "X=1\n",
  "/two/x": "X=2\n",
  "/shop/a": "A=1\n",
  "/shop/b": "A='2'\n",
  "/shop/a.yaml": 'services: { more: { image: "i:1", command: "${A:-0}", env_file: ./x } }\n',
  "/shop/b.yaml": 'services: { most: { image: "i:1" }, more: { image: "i:2" } }\n',
};

/** What has to be there so that a key has a meaning: by the beginning of its path, the map that gets more, and what. */
const around: readonly (readonly [string, string, Values])[] = [
  ["include[].", "include[]", { path: "a.yaml" }],
  ["services.*.configs[].", "services.*.configs[]", { source: "one", target: "/x" }],
  ["services.*.secrets[].", "services.*.secrets[]", { source: "key", target: "/x" }],
  ["services.*.depends_on.*.", "services.*.depends_on.*", { condition: "service_started" }],
  ["services.*.depends_on.*.required", "services", { db: { image: "db:1", profiles: ["off"] } }],
  ["services.*.deploy.mode", "services.*.deploy", { replicas: 2 }],
  ["services.*.deploy.restart_policy.max", "services.*.deploy.restart_policy", { condition: "on-failure" }],
  [
    "services.*.deploy.resources.reservations.devices[].",
    "services.*.deploy.resources.reservations.devices[]",
    { capabilities: ["gpu"] },
  ],
  ["services.*.devices[].", "services.*.devices[]", { source: "/dev/a", target: "/dev/b" }],
  ["services.*.env_file[].", "services.*.env_file[]", { path: "b" }],
  ["services.*.env_file[].required", "services.*.env_file[]", { path: "absent" }],
  ["services.*.extends.file", "services.*.extends", { service: "more" }],
  ["services.*.network_mode", "services.*", { networks: undefined }],
  [
    "services.*.networks.*.ip",
    "networks.*",
    { ipam: { config: [{ subnet: "10.0.0.0/24" }, { subnet: "fd00::/64" }] } },
  ],
  ["services.*.memswap_limit", "services.*", { mem_limit: "6m" }],
  ["services.*.blkio_config.weight_device[].", "services.*.blkio_config.weight_device[]", { path: "/dev/vda" }],
  ["services.*.blkio_config.device_read_bps[].", "services.*.blkio_config.device_read_bps[]", { path: "/dev/vda" }],
  ["services.*.blkio_config.device_read_iops[].", "services.*.blkio_config.device_read_iops[]", { path: "/dev/vda" }],
  ["services.*.blkio_config.device_write_bps[].", "services.*.blkio_config.device_write_bps[]", { path: "/dev/vda" }],
  ["services.*.blkio_config.device_write_iops[].", "services.*.blkio_config.device_write_iops[]", { path: "/dev/vda" }],
  ["services.*.healthcheck.start_interval", "services.*.healthcheck", { start_period: "1m" }],
  ["services.*.networks.*.priority", "services.*.networks", { back: {} }],
  ["services.*.ports[].", "services.*.ports[]", { target: 80, published: "8080" }],
  ["services.*.build.secrets[].", "services.*.build.secrets[]", { source: "key" }],
  ["services.*.build.ulimits.*.", "services.*.build.ulimits.*", { soft: 1, hard: 3 }],
  ["services.*.ulimits.*.", "services.*.ulimits.*", { soft: 1, hard: 3 }],
  ["services.*.volumes[].", "services.*.volumes[]", { type: "volume", source: "data", target: "/x" }],
  ["services.*.volumes[].type", "services.*.volumes[]", { source: undefined }],
  ["services.*.volumes[].bind.", "services.*.volumes[]", { type: "bind", source: "/x" }],
  ["services.*.volumes[].tmpfs.", "services.*.volumes[]", { type: "tmpfs", source: undefined }],
  ["configs.*.environment", "configs.*", { content: undefined }],
  ["configs.*.file", "configs.*", { content: undefined }],
  ["secrets.*.file", "secrets.*", { environment: undefined }],
  ["services.*.develop.watch[].", "services.*.develop.watch[]", { path: "a", action: "sync", target: "/a" }],
  ["services.*.develop.watch[].exec.", "services.*.develop.watch[].exec", { command: ["a"] }],
];

/** Values that say more than those of their kind do. */
const values: Readonly<Record<string, readonly [unknown, unknown]>> = {
  "include[].path": [["a.yaml"], ["b.yaml"]],
  "include[].env_file": [["a"], ["b"]],
  "include[].project_directory": ["/one", "/two"],
  "services.*.command": [["a"], ["b"]],
  "services.*.env_file[].path": ["a", "b"],
  "services.*.env_file[].required": [true, false],
  "services.*.env_file[].format": [undefined, "raw"],
  "services.*.extends.service": ["db", "cache"],
  "services.*.networks.*.priority": [0, 1],
  "services.*.extends.file": ["a.yaml", "b.yaml"],
  "services.*.label_file": ["a", "b"],
  "services.*.restart": ["always", "no"],
  "services.*.stop_signal": ["SIGINT", "SIGTERM"],
  "services.*.working_dir": ["/a", "/b"],
  "services.*.tmpfs": ["/a", "/b"],
  "services.*.platform": ["linux/amd64", "linux/arm64"],
  "services.*.dns": ["10.0.0.1", "10.0.0.2"],
  "services.*.storage_opt": [{ size: "1g" }, { size: "2g" }],
  "volumes.*.name": ["one", "two"],
  "services.*.cap_add": [["KILL"], ["CHOWN"]],
  "services.*.cap_drop": [["KILL"], ["CHOWN"]],
  "services.*.device_cgroup_rules": [["c 1:3 r"], ["c 1:3 w"]],
  "services.*.sysctls": [{ "net.core.somaxconn": 1 }, { "net.core.somaxconn": 2 }],
  "services.*.cpuset": ["0", "1"],
  "services.*.cpu_quota": [1_000, 2_000],
  "services.*.cpu_period": [1_000, 2_000],
  "services.*.mac_address": ["02:42:ac:11:00:02", "02:42:ac:11:00:03"],
  "services.*.networks.*.mac_address": ["02:42:ac:11:00:02", "02:42:ac:11:00:03"],
  "services.*.networks.*.ipv4_address": ["10.0.0.2", "10.0.0.3"],
  "services.*.networks.*.ipv6_address": ["fd00::2", "fd00::3"],
  "services.*.networks.*.link_local_ips": [["169.254.0.2"], ["169.254.0.3"]],
  "services.*.blkio_config.weight": [10, 20],
  "services.*.blkio_config.weight_device[].path": ["/dev/vda", "/dev/vdb"],
  "services.*.blkio_config.device_read_bps[].path": ["/dev/vda", "/dev/vdb"],
  "services.*.blkio_config.device_read_iops[].path": ["/dev/vda", "/dev/vdb"],
  "services.*.blkio_config.device_write_bps[].path": ["/dev/vda", "/dev/vdb"],
  "services.*.blkio_config.device_write_iops[].path": ["/dev/vda", "/dev/vdb"],
  "services.*.healthcheck.start_interval": ["1s", "2s"],
  "services.*.container_name": ["one", "two"],
  "services.*.profiles": [[], ["off"]],
  "services.*.network_mode": ["host", "none"],
  "services.*.pid": ["host", "service:db"],
  "services.*.ipc": ["host", "none"],
  "services.*.uts": [undefined, "host"],
  "services.*.userns_mode": [undefined, "host"],
  "services.*.security_opt": [["label=a"], ["label=b"]],
  "services.*.healthcheck.test": [
    ["CMD", "a"],
    ["CMD", "b"],
  ],
  "services.*.links": [["db"], ["db:a"]],
  "services.*.volumes_from": [["db"], ["db:ro"]],
  "services.*.expose": [["1"], ["2"]],
  "services.*.ports[].host_ip": ["10.0.0.1", "10.0.0.2"],
  "services.*.ports[].published": ["1", "2"],
  "services.*.build.secrets[].source": ["key", "two"],
  "services.*.configs[].source": ["one", "two"],
  "services.*.secrets[].source": ["key", "two"],
  "services.*.configs[].uid": ["1", "2"],
  "services.*.configs[].gid": ["1", "2"],
  "services.*.secrets[].uid": ["1", "2"],
  "services.*.secrets[].gid": ["1", "2"],
  "services.*.volumes[].type": ["volume", "tmpfs"],
  "services.*.volumes[].source": ["data", "more"],
  "services.*.deploy.mode": ["global", "replicated"],
  "services.*.deploy.restart_policy.condition": ["any", "none"],
  "services.*.cpus": [0.5, 1],
  "services.*.volumes[].target": ["/one", "/two"],
  "services.*.devices[].permissions": ["r", "rw"],
};

/** Two values of these come to the same on one host, or are told apart by what observes it: each with the reason. */
const elsewhere: Readonly<Record<string, string>> = {
  "services.*.ports[].mode": "one host publishes a port the same way in both modes",
};

const names: Readonly<Record<string, string>> = {
  services: "web",
  networks: "front",
  volumes: "data",
  configs: "one",
  secrets: "key",
  depends_on: "db",
  ulimits: "nofile",
};

/** The app with a value at a path. */
function appWith(path: string, value: unknown): Values {
  const extended = around
    .filter(([start]) => path.startsWith(start))
    .reduce<unknown>(
      (given, [, place, more]) => put(given, partsOf(place), (found) => ({ ...mapOr(found), ...more })),
      app,
    );
  return put(extended, partsOf(path), () => value) as Values;
}

function partsOf(path: string): readonly string[] {
  return path.split(/\.|(?=\[\])/);
}

function put(
  given: unknown,
  [part, ...rest]: readonly string[],
  change: (found: unknown) => unknown,
  above = "",
): unknown {
  if (part === undefined) return change(given);
  if (part === "[]") return [put(Array.isArray(given) ? given[0] : undefined, rest, change, part)];
  const key = part === "*" ? (names[above] ?? "one") : part;
  return { ...mapOr(given), [key]: put(mapOr(given)[key], rest, change, part) };
}

function mapOr(value: unknown): Values {
  return isMap(value) ? value : {};
}

function isMap(value: unknown): value is Values {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

const leaves = Object.entries(stackFile.keys).flatMap(([name, key]) => leavesOf(name, key, ["implemented"]));
const loaded = Object.entries(stackFile.keys).flatMap(([name, key]) =>
  leavesOf(name, key, ["implemented", "accepted"]),
);

/** What the host is asked for, or what is wrong with the file. */
function outcome(path: string, value: unknown): { readonly loads: boolean; readonly text: string } {
  const text = stringify(appWith(path, value));
  const { model, diagnostics } = load({ files: { ...files, "compose.yaml": text }, env: { KEY: "x" } });
  const errors = diagnostics.filter(({ severity }) => severity === "error").map(({ message }) => message);
  return {
    loads: model !== undefined,
    text: model === undefined ? errors.join("\n") : canonicalJson(outcomeOf(model)),
  };
}

/** Keys with a value, the first of two, that makes the file of the test a wrong one. */
const deciding = ["services.*.depends_on.*.required", "services.*.env_file[].required"];

describe("a key that works changes what the host is asked for", () => {
  it.each(leaves.filter(({ path }) => elsewhere[path] === undefined))("$path", ({ path, values: usual }) => {
    const [one, other] = (values[path] ?? usual ?? ["a", "b"]).map((value) => outcome(path, value));
    expect(one?.text).not.toBe(other?.text);
    if (deciding.includes(path)) expect(one?.loads).not.toBe(other?.loads);
    else
      expect({ one: one?.loads || one?.text, other: other?.loads || other?.text }).toEqual({ one: true, other: true });
  });

  it("but for those that are listed with their reason", () => {
    const known = new Set(loaded.map(({ path }) => path));
    expect([...Object.keys({ ...values, ...elsewhere }), ...deciding].filter((path) => !known.has(path))).toEqual([]);
  });
});

describe("the schema of the model", () => {
  it.each(loaded)("has $path", ({ path, values: usual }) => {
    const [first, second] = values[path] ?? usual ?? ["a"];
    const value = deciding.includes(path) ? second : first;
    const { model, diagnostics } = load({
      files: { ...files, "compose.yaml": stringify(appWith(path, value)) },
      env: { KEY: "x" },
    });
    expect(diagnostics.filter(({ severity }) => severity === "error")).toEqual([]);
    expect(modelSchema.parse(model)).toEqual(model);
  });

  it.each(["", "services.*", "networks.*", "volumes.*", "configs.*", "secrets.*"])(
    "has keys of one's own, and no others, in %s",
    (path) => {
      const { model } = load({ files: { ...files, "compose.yaml": stringify(app) }, env: { KEY: "x" } });
      const withKey = (key: string): unknown => put(model, [...partsOf(path), key].filter(Boolean), () => 1);
      expect(modelSchema.safeParse(withKey("x-own")).success).toBe(true);
      expect(modelSchema.safeParse(withKey("prots")).success).toBe(false);
    },
  );
});

/** The path of every key of the specification, as its JSON Schema has them. */
function specified(path: string, schema: Values, all: Values): readonly string[] {
  const reference = schema["$ref"];
  if (typeof reference === "string") {
    const [, ...parts] = reference.split("/");
    const found = parts.reduce<unknown>((value, part) => mapOr(value)[part], all);
    // What names itself would have no end: there is none in what the paths are of.
    return specified(path, mapOr(found), all);
  }
  const below = (key: string, separator: string): readonly string[] =>
    Object.entries(mapOr(schema[key])).flatMap(([name, value]) => {
      const here = `${path}${path === "" ? "" : separator}${key === "properties" ? name : "*"}`;
      return [...(key === "properties" ? [here] : []), ...specified(here, mapOr(value), all)];
    });
  const forms = ["anyOf", "oneOf", "allOf"].flatMap((key) => (schema[key] ?? []) as readonly Values[]);
  return [
    ...below("properties", "."),
    ...below("patternProperties", "."),
    ...forms.flatMap((form) => specified(path, form, all)),
    ...(isMap(schema["items"]) ? specified(`${path}[]`, schema["items"], all) : []),
    ...(isMap(schema["additionalProperties"]) ? specified(`${path}.*`, schema["additionalProperties"], all) : []),
  ];
}

/** The path of every key of the tables, whatever its state. */
function tabled(path: string, shape: Shape): readonly string[] {
  switch (shape.kind) {
    case "mapping":
      return Object.entries(shape.keys).flatMap(([name, { shape: below }]: readonly [string, Key]) => {
        const here = path === "" ? name : `${path}.${name}`;
        return [here, ...tabled(here, below)];
      });
    case "dictionary":
      return tabled(`${path}.*`, shape.of);
    case "list":
      return tabled(`${path}[]`, shape.of);
    case "hosts":
    case "scalar":
    case "free":
      return [];
  }
}

const { many: oracle } = await oracleIn(homeFrom(process.env));
if (!isThere(oracle)) {
  notRun("the keys of the Compose Specification", "docker compose is not built here; npm test builds it with Go");
} else {
  describe("the tables of keys", () => {
    const schema = JSON.parse(execFileSync(oracle, ["schema"], { encoding: "utf8" })) as Values;
    const wanted = new Set(specified("", schema, schema));
    const known = new Set(tabled("", stackFile));

    it("have every key of the Compose Specification", () => {
      expect(wanted.size).toBeGreaterThan(300);
      expect([...wanted].filter((path) => !known.has(path))).toEqual([]);
    });

    it("have no other key", () => {
      expect([...known].filter((path) => !wanted.has(path))).toEqual([]);
    });
  });
}
