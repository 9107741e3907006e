/** A key of one's choice in an app that has all that the key needs to mean something. */

export type Values = Readonly<Record<string, unknown>>;

/** What a key is tried in: the service `web` of an app, which has one of everything. */
const web = {
  image: "i:1",
  networks: { front: {} },
  volumes: ["data:/data"],
  configs: ["one"],
  secrets: ["key"],
};
export const app = {
  name: "shop",
  services: { web, db: { image: "db:1" }, cache: { image: "cache:1", user: "x" } },
  networks: { front: {}, back: {} },
  volumes: { data: {}, more: {} },
  configs: { one: { content: "x" }, two: { content: "y" } },
  secrets: { key: { environment: "KEY" }, two: { environment: "TWO" } },
};

/** Files beside the stack file. */
export const filesBeside = {
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

/** Values that say more than those of their kind do, two by path. */
export const tellingValues: Readonly<Record<string, readonly [unknown, unknown]>> = {
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
export function appWith(path: string, value: unknown): Values {
  const extended = around
    .filter(([start]) => path.startsWith(start))
    .reduce<unknown>(
      (given, [, place, more]) => put(given, partsOf(place), (found) => ({ ...mapOr(found), ...more })),
      app,
    );
  return put(extended, partsOf(path), () => value) as Values;
}

export function partsOf(path: string): readonly string[] {
  return path.split(/\.|(?=\[\])/);
}

export function put(
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

export function mapOr(value: unknown): Values {
  return isMap(value) ? value : {};
}

export function isMap(value: unknown): value is Values {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
