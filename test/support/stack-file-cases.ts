/**
 * Small stack files with what they mean, one trap each. The loader's tests read them, and so does whatever compares the loader
 * with docker compose.
 */
export interface StackFileCase {
  readonly title: string;
  /** The text of `compose.yaml`; or texts by name, loaded in this order. */
  readonly files: string | Readonly<Record<string, string>>;
  /** Files beside the stack files: env files. */
  readonly beside?: Readonly<Record<string, string>>;
  readonly env?: Readonly<Record<string, string>>;
  readonly profiles?: readonly string[];
  /** Values of the model by path, `services.a.ports`; `undefined`: not there. */
  readonly gives: Readonly<Record<string, unknown>>;
}

const service = (keys: string): string =>
  `services:\n  a:\n    image: i\n    ${keys.trim().replaceAll("\n", "\n    ")}\n`;

const valueCase = (title: string, keys: string, gives: Readonly<Record<string, unknown>>): StackFileCase => ({
  title,
  files: service(keys),
  gives: Object.fromEntries(Object.entries(gives).map(([key, value]) => [`services.a.${key}`, value])),
});

const port = (target: number, more: Readonly<Record<string, unknown>> = {}): Record<string, unknown> => ({
  mode: "ingress",
  target,
  protocol: "tcp",
  ...more,
});

export const scalarCases: readonly StackFileCase[] = [
  ["yes", "yes"],
  ["no", "no"],
  ["on", "on"],
  ["off", "off"],
  ["true", "true"],
  ["True", "true"],
  ["FALSE", "false"],
  ["1", "1"],
  ["+1", "1"],
  ["-1", "-1"],
  ["-0", "-0"],
  ["1.50", "1.5"],
  ["1.0", "1"],
  [".5", "0.5"],
  ["1e3", "1000"],
  ["1e21", "1e+21"],
  ["1e-7", "1e-07"],
  ["0.0001", "0.0001"],
  ["0.00001", "1e-05"],
  ["0777", "511"],
  ["0o17", "15"],
  ["0x1F", "31"],
  ["0b11", "3"],
  ["08", "8"],
  ["1_000", "1000"],
  ["12345678901234567890", "12345678901234567890"],
  ["22:22", "22:22"],
  ["1.2.3", "1.2.3"],
  ["2020-01-01", "2020-01-01 00:00:00 +0000 UTC"],
  ["2020-01-01T10:20:30Z", "2020-01-01 10:20:30 +0000 UTC"],
  ["2020-13-01", "2020-13-01"],
  ["'1.50'", "1.50"],
  ['"0777"', "0777"],
  ["!!str 0777", "0777"],
  ["null", null],
  ["~", null],
  ["NULL", null],
  ["", null],
  ["''", ""],
].map(([text, value]) =>
  valueCase(`${text ?? ""} is ${JSON.stringify(value)}`, `environment: { A: ${text ?? ""} }`, {
    "environment.A": value,
  }),
);

export const interpolationCases: readonly StackFileCase[] = [
  ["$FOO", "bar"],
  ["${FOO}", "bar"],
  ["x${FOO}y", "xbary"],
  ["$FOO-x", "bar-x"],
  ["${UNSET}", ""],
  ["${UNSET:-d}", "d"],
  ["${UNSET-d}", "d"],
  ["${EMPTY:-d}", "d"],
  ["${EMPTY-d}", ""],
  ["${FOO:-d}", "bar"],
  ["${FOO:+y}", "y"],
  ["${EMPTY:+y}", ""],
  ["${EMPTY+y}", "y"],
  ["${UNSET+y}", ""],
  ["${FOO:?e}", "bar"],
  ["${EMPTY?e}", ""],
  ["${UNSET:-${FOO}-x}", "bar-x"],
  ["${UNSET:-${ALSO:-deep}}", "deep"],
  ["${UNSET:-a}b}", "ab}"],
  ["${UNSET:-a:-b}", "a:-b"],
  ["${UNSET:-/non:-alpha}", "/non:-alpha"],
  ["${FOO:+${UNSET:-z}}", "z"],
  ["${UNSET:-$$x}", "$x"],
  ["${UNSET:-}", ""],
  ["${UNSET:-{}}", "{}"],
  ["$$FOO", "$FOO"],
  ["$${FOO}", "${FOO}"],
  ["$$$FOO", "$bar"],
  ["$$$${FOO}", "$${FOO}"],
  ["$1", "$1"],
  ["a $ b", "a $ b"],
  ["^R$", "^R$"],
  ["${FOO}${EMPTY}$FOO", "barbar"],
].map(([template, value]) => ({
  title: `${template ?? ""} is ${JSON.stringify(value)}`,
  files: service(`environment: { A: '${template ?? ""}' }`),
  env: { FOO: "bar", EMPTY: "" },
  gives: { "services.a.environment.A": value },
}));

export const formCases: readonly StackFileCase[] = [
  valueCase("a port alone gets a random host port", 'ports: ["80"]', { ports: [port(80)] }),
  valueCase("a number is a port", "ports: [80]", { ports: [port(80)] }),
  valueCase("a host port", 'ports: ["8080:80"]', { ports: [port(80, { published: "8080" })] }),
  valueCase("an address", 'ports: ["127.0.0.1:8080:80"]', {
    ports: [port(80, { published: "8080", host_ip: "127.0.0.1" })],
  }),
  valueCase("an address with a random port", 'ports: ["127.0.0.1::80"]', {
    ports: [port(80, { host_ip: "127.0.0.1" })],
  }),
  valueCase("an IPv6 address", 'ports: ["[::1]:81:80"]', { ports: [port(80, { published: "81", host_ip: "::1" })] }),
  valueCase("a protocol", 'ports: ["53:53/udp"]', { ports: [port(53, { published: "53", protocol: "udp" })] }),
  valueCase("a range of container ports", 'ports: ["3000-3001"]', { ports: [port(3000), port(3001)] }),
  valueCase("two ranges pair up", 'ports: ["8000-8001:80-81"]', {
    ports: [port(80, { published: "8000" }), port(81, { published: "8001" })],
  }),
  valueCase("a host range for one port stays a range", 'ports: ["9000-9010:80"]', {
    ports: [port(80, { published: "9000-9010" })],
  }),
  valueCase("ranges are sorted as text", 'ports: ["98-100"]', { ports: [port(100), port(98), port(99)] }),
  valueCase("the same port twice is one", 'ports: ["80:80", "80:80"]', { ports: [port(80, { published: "80" })] }),
  valueCase("the long form of a port gets its defaults", "ports: [{ target: 80, published: 8080 }]", {
    ports: [port(80, { published: "8080" })],
  }),
  valueCase("no ports are no key", "ports: []", { ports: undefined }),
  valueCase("a relative source is a bind mount", 'volumes: ["./x:/y"]', {
    volumes: [{ type: "bind", source: "/shop/x", target: "/y", bind: {} }],
  }),
  valueCase("a parent folder is resolved", 'volumes: ["../x:/y:ro"]', {
    volumes: [{ type: "bind", source: "/x", target: "/y", read_only: true, bind: {} }],
  }),
  valueCase("propagation and relabelling", 'volumes: ["/x:/y:rshared,z"]', {
    volumes: [{ type: "bind", source: "/x", target: "/y", bind: { propagation: "rshared", selinux: "z" } }],
  }),
  valueCase("a lone path is an anonymous volume", "volumes: [/data]", {
    volumes: [{ type: "volume", target: "/data", volume: {} }],
  }),
  valueCase("a target is cleaned", "volumes: [/data//x/../y/]", {
    volumes: [{ type: "volume", target: "/data/y", volume: {} }],
  }),
  valueCase(
    "create_host_path true says nothing",
    "volumes: [{ type: bind, source: /x, target: /y, bind: { create_host_path: true } }]",
    {
      volumes: [{ type: "bind", source: "/x", target: "/y", bind: {} }],
    },
  ),
  valueCase(
    "create_host_path false is kept",
    "volumes: [{ type: bind, source: /x, target: /y, bind: { create_host_path: false } }]",
    {
      volumes: [{ type: "bind", source: "/x", target: "/y", bind: { create_host_path: false } }],
    },
  ),
  valueCase(
    "a temporary file system with a size",
    "volumes: [{ type: tmpfs, target: /t, tmpfs: { size: 10m, mode: 01777 } }]",
    {
      volumes: [{ type: "tmpfs", target: "/t", tmpfs: { size: "10485760", mode: 1023 } }],
    },
  ),
  valueCase("the last mount of a target wins, in the first one's place", 'volumes: ["/x:/t", "/y:/u", "/z:/t"]', {
    volumes: [
      { type: "bind", source: "/z", target: "/t", bind: {} },
      { type: "bind", source: "/y", target: "/u", bind: {} },
    ],
  }),
  valueCase("a command string is split", `command: echo "a b" 'c d' e\\ f`, { command: ["echo", "a b", "c d", "e f"] }),
  valueCase("a command ends at an operator", "command: echo a && b", { command: ["echo", "a"] }),
  valueCase("a redirection takes its number along", "command: run 2>x", { command: ["run"] }),
  valueCase("a comment sign is a word", "command: 'echo # x'", { command: ["echo", "#", "x"] }),
  valueCase("backticks are kept", "command: 'echo `a b`'", { command: ["echo", "`a b`"] }),
  valueCase("a substitution is kept", "command: 'echo $$(a b)'", { command: ["echo", "$(a b)"] }),
  valueCase("an empty entrypoint is one", 'entrypoint: ""', { entrypoint: [] }),
  valueCase("no command is null", "user: x", { command: null, entrypoint: null }),
  valueCase("an operator in quotes is a character", `command: sh -c "a && b"`, { command: ["sh", "-c", "a && b"] }),
  valueCase("empty quotes are a word", `command: 'a "" b'`, { command: ["a", "", "b"] }),
  valueCase("a health check string runs in a shell", "healthcheck: { test: curl x }", {
    healthcheck: { test: ["CMD-SHELL", "curl x"] },
  }),
  valueCase(
    "durations are printed as Go does",
    "healthcheck: { test: [NONE], interval: 90s, timeout: 1500ms, start_period: 2h, start_interval: 1h1s }",
    {
      healthcheck: {
        test: ["NONE"],
        interval: "1m30s",
        timeout: "1.5s",
        start_period: "2h0m0s",
        start_interval: "1h0m1s",
      },
    },
  ),
  valueCase("days and weeks are durations", "stop_grace_period: 1w1d", { stop_grace_period: "192h0m0s" }),
  valueCase("bytes are base 1024", "mem_limit: 1.5g\nshm_size: 64kb\nmem_reservation: 8388608", {
    mem_limit: "1610612736",
    shm_size: "65536",
    mem_reservation: "8388608",
  }),
  valueCase("an unlimited swap", "memswap_limit: -1\nmem_limit: 8M", { memswap_limit: "-1", mem_limit: "8388608" }),
  valueCase("an environment list", "environment: [A=1, B=, 'C=a=b']", { environment: { A: "1", B: "", C: "a=b" } }),
  valueCase("a variable without a value stays null", "environment: [A]", { environment: { A: null } }),
  valueCase("labels without a value are empty", "labels: { a: null, b: 1 }", { labels: { a: "", b: "1" } }),
  valueCase("a label list", "labels: [a, b=1]", { labels: { a: "", b: "1" } }),
  valueCase("extra hosts of every form, sorted", "extra_hosts: ['b:1.2.3.4', 'a=::1', 'c:[::2]']", {
    extra_hosts: ["a=::1", "b=1.2.3.4", "c=::2"],
  }),
  valueCase("extra hosts as a map", "extra_hosts: { a: [1.2.3.4, 1.2.3.5] }", {
    extra_hosts: ["a=1.2.3.4", "a=1.2.3.5"],
  }),
  valueCase("one DNS server", "dns: 1.1.1.1", { dns: ["1.1.1.1"] }),
  valueCase("no DNS server", 'dns: ""', { dns: undefined }),
  valueCase("one tmpfs", "tmpfs: /run:size=1m", { tmpfs: ["/run:size=1m"] }),
  valueCase("expose takes numbers", "expose: [80, '81-82']", { expose: ["80", "81-82"] }),
  valueCase("devices", "devices: [/dev/a, '/dev/b:/dev/c', '/dev/d:/dev/e:r']", {
    devices: [
      { source: "/dev/a", target: "/dev/a", permissions: "rwm" },
      { source: "/dev/b", target: "/dev/c", permissions: "rwm" },
      { source: "/dev/d", target: "/dev/e", permissions: "r" },
    ],
  }),
  valueCase("ulimits of both forms", "ulimits: { nproc: 10, nofile: { soft: 1, hard: 2 } }", {
    ulimits: { nproc: 10, nofile: { soft: 1, hard: 2 } },
  }),
  valueCase("words for booleans", 'tty: "yes"\ninit: "Off"', { tty: true, init: false }),
  valueCase("numbers in quotes", 'scale: "2"\npids_limit: "5"\ncpus: "1.5"', { scale: 2, pids_limit: 5, cpus: 1.5 }),
  valueCase("sysctls", "sysctls: [net.core.somaxconn=1]", { sysctls: { "net.core.somaxconn": "1" } }),
  valueCase("log options are strings", "logging: { driver: json-file, options: { max-file: 3 } }", {
    logging: { driver: "json-file", options: { "max-file": "3" } },
  }),
  valueCase("limits of deploy", 'deploy: { resources: { limits: { cpus: "0.5", memory: 50M, pids: 1 } } }', {
    "deploy.resources.limits": { cpus: 0.5, memory: "52428800", pids: 1 },
  }),
  valueCase("an empty deploy", "deploy:", { deploy: undefined }),
  valueCase("a group by number", "group_add: [5, mail]", { group_add: ["5", "mail"] }),
  valueCase("the default network", "user: x", { networks: { default: null } }),
  valueCase("an empty list of networks is the default network", "networks: []", { networks: { default: null } }),
  valueCase("a network mode is no network", "network_mode: host", { networks: undefined }),
  valueCase("if_not_present is missing", "pull_policy: if_not_present", { pull_policy: "missing" }),
];

const declared = `
services:
  a:
    image: i
    networks: [front, back]
    volumes: ["data:/d", "old:/o"]
    configs: [c, { source: c, target: /etc/c, mode: 0440, uid: "1" }]
    secrets: [s, { source: s, target: short, mode: "400" }]
    depends_on: [b]
  b: { image: i }
networks:
  front: { name: given }
  back:
  unused:
volumes:
  data:
  old: { external: true }
  legacy: { external: { name: legacy-name } }
configs:
  c: { content: "x=\${FOO}" }
secrets:
  s: { file: ./s.txt }
`;

export const projectCases: readonly StackFileCase[] = [
  {
    title: "names come from the app and the key, from name, or from the key of an external one",
    files: declared,
    env: { FOO: "bar" },
    gives: {
      "networks.front.name": "given",
      "networks.back.name": "p_back",
      "networks.default.name": "p_default",
      "volumes.data": { name: "p_data" },
      "volumes.old": { name: "old", external: true },
      "configs.c": { name: "p_c", content: "x=bar" },
      "secrets.s": { name: "p_s", file: "/shop/s.txt" },
    },
  },
  {
    title: "what no service uses is left out",
    files: declared,
    env: { FOO: "bar" },
    gives: { "networks.unused": undefined, "volumes.legacy": undefined },
  },
  {
    title: "configs and secrets of both forms",
    files: declared,
    env: { FOO: "bar" },
    gives: {
      "services.a.configs": [{ source: "c" }, { source: "c", target: "/etc/c", mode: "0440", uid: "1" }],
      "services.a.secrets": [
        { source: "s", target: "/run/secrets/s" },
        { source: "s", target: "short", mode: "0400" },
      ],
    },
  },
  {
    title: "a list of dependencies",
    files: declared,
    env: { FOO: "bar" },
    gives: { "services.a.depends_on": { b: { condition: "service_started", required: true } } },
  },
  {
    title: "sharing a namespace is a dependency",
    files:
      "services:\n  a: { image: i, network_mode: 'service:b', ipc: 'service:c' }\n  b: { image: i }\n  c: { image: i }\n",
    gives: {
      "services.a.depends_on": {
        b: { condition: "service_started", required: true, restart: true },
        c: { condition: "service_started", required: true, restart: true },
      },
    },
  },
  {
    title: "a dependency of one's own says more than an implied one",
    files:
      "services:\n  a: { image: i, network_mode: 'service:b', depends_on: { b: { condition: service_healthy } } }\n" +
      "  b: { image: i, healthcheck: { test: x } }\n",
    gives: { "services.a.depends_on": { b: { condition: "service_healthy", required: true } } },
  },
  {
    title: "anchors and merge keys",
    files:
      "x-base: &base { image: i, environment: { A: 1, B: 2 } }\nservices:\n  a:\n    <<: *base\n    environment: { A: 3 }\n",
    gives: { "services.a.image": "i", "services.a.environment": { A: "3" } },
  },
  {
    title: "the first of several merge sources wins",
    files: "x-a: &a { image: one }\nx-b: &b { image: two, user: u }\nservices:\n  a:\n    <<: [*a, *b]\n",
    gives: { "services.a.image": "one", "services.a.user": "u" },
  },
  {
    title: "documents of one file merge",
    files: "services:\n  a: { image: i, user: x }\n---\nservices:\n  a: { user: y }\n",
    gives: { "services.a.image": "i", "services.a.user": "y" },
  },
  {
    title: "x- names are names where names are expected",
    files: "services:\n  x-a: { image: i }\n",
    gives: { "services.x-a.image": "i" },
  },
  {
    title: "keys are not interpolated, list items are",
    files: 'services:\n  a:\n    image: i\n    labels: { "$FOO": x }\n    environment: ["$FOO=x"]\n',
    env: { FOO: "bar" },
    gives: { "services.a.labels": { $FOO: "x" }, "services.a.environment": { bar: "x" } },
  },
  {
    title: "a variable may give a number, a boolean or a size",
    files:
      "services:\n  a:\n    image: i\n    tty: ${T}\n    scale: ${N}\n    mem_limit: ${M}\n    ports: ['${P}:80']\n    cpus: ${C:-0.5}\n",
    env: { T: "true", N: "2", M: "1g", P: "8080" },
    gives: {
      "services.a.tty": true,
      "services.a.scale": 2,
      "services.a.mem_limit": "1073741824",
      "services.a.cpus": 0.5,
    },
  },
  {
    title: "env files are read in order and lose to environment",
    files:
      "services:\n  a:\n    image: i\n    env_file: [one.env, { path: two.env }, { path: none.env, required: false }]\n    environment: { C: own }\n",
    beside: { "one.env": "A=1\nB=1\nC=1\n", "two.env": "B=2\nD=${B}-${C}\n" },
    gives: { "services.a.environment": { A: "1", B: "2", C: "own", D: "2-own" }, "services.a.env_file": undefined },
  },
  {
    title: "a raw env file is taken as it is",
    files: "services:\n  a:\n    image: i\n    env_file: [{ path: raw.env, format: raw }]\n",
    beside: { "raw.env": "A='x' # y\nB=$C\n" },
    gives: { "services.a.environment": { A: "'x' # y", B: "$C" } },
  },
  {
    title: "a variable without a value takes the caller's and masks the env file's",
    files: "services:\n  a:\n    image: i\n    env_file: one.env\n    environment: [FOO, GONE]\n",
    beside: { "one.env": "FOO=file\nGONE=file\n" },
    env: { FOO: "bar" },
    gives: { "services.a.environment": { FOO: "bar", GONE: null } },
  },
  {
    title: ".env gives defaults beneath the environment",
    files: "services:\n  a: { image: 'i:${A}-${B}' }\n",
    beside: { ".env": "A=file\nB=file\n" },
    env: { B: "env" },
    gives: { "services.a.image": "i:file-env" },
  },
  {
    title: "services of a profile are there when it is active",
    files: "services:\n  a: { image: i, profiles: [x] }\n  b: { image: i }\n  c: { image: i, profiles: [y, z] }\n",
    profiles: ["y"],
    gives: { "services.a": undefined, "services.b.image": "i", "services.c.image": "i" },
  },
  {
    title: "a dependency that may be missing is no error when its profile is not active",
    files:
      "services:\n  a: { image: i, depends_on: { b: { condition: service_started, required: false } } }\n  b: { image: i, profiles: [x] }\n",
    gives: { "services.a.depends_on": { b: { condition: "service_started", required: false } } },
  },
  {
    title: "a service extends one of another file, whose paths begin there",
    files: "services:\n  a: { extends: { file: sub/base.yaml, service: b }, ports: ['81:81'] }\n",
    beside: { "sub/base.yaml": "services: { b: { image: i, ports: ['80:80'], volumes: ['./x:/x'] } }\n" },
    gives: {
      "services.a.image": "i",
      "services.a.ports": [port(80, { published: "80" }), port(81, { published: "81" })],
      "services.a.volumes": [{ type: "bind", source: "/shop/sub/x", target: "/x", bind: {} }],
      "services.a.extends": undefined,
    },
  },
  {
    title: "a service extends one that extends another",
    files:
      "services:\n  a: { extends: b, user: x }\n  b: { extends: c, user: y, hostname: b }\n  c: { image: i, hostname: c }\n",
    gives: { "services.a.user": "x", "services.a.hostname": "b", "services.a.image": "i" },
  },
  {
    title: "an included project has its folder and its .env, and loses to the including one",
    files: "include: [sub/inc.yaml]\nservices: { a: { image: own } }\n",
    beside: {
      "sub/inc.yaml": "services: { a: { image: j, user: u }, b: { image: 'j:${TAG}', volumes: ['./x:/x'] } }\n",
      "sub/.env": "TAG=sub\n",
    },
    gives: {
      "services.a.image": "own",
      "services.a.user": "u",
      "services.b.image": "j:sub",
      "services.b.volumes": [{ type: "bind", source: "/shop/sub/x", target: "/x", bind: {} }],
    },
  },
  {
    title: "label files lose to labels",
    files: "services:\n  a: { image: i, label_file: l.txt, labels: { b: own } }\n",
    beside: { "l.txt": "a=1\nb=2\n" },
    gives: { "services.a.labels": { a: "1", b: "own" }, "services.a.label_file": undefined },
  },
  {
    title: "a local volume on a path",
    files:
      "services:\n  a: { image: i, volumes: ['data:/d'] }\nvolumes:\n  data: { driver: local, driver_opts: { type: none, o: bind, device: ./data } }\n",
    gives: { "volumes.data.driver_opts": { type: "none", o: "bind", device: "/shop/data" } },
  },
  {
    title: "the home folder",
    files: "services:\n  a: { image: i, volumes: ['~/x:/x'] }\n",
    env: { HOME: "/home/u" },
    gives: { "services.a.volumes": [{ type: "bind", source: "/home/u/x", target: "/x", bind: {} }] },
  },
];

const merged = (
  title: string,
  base: string,
  over: string,
  gives: Readonly<Record<string, unknown>>,
): StackFileCase => ({
  title,
  files: {
    "compose.yaml": service(base),
    "over.yaml": `services:\n  a:\n    ${over.trim().replaceAll("\n", "\n    ")}\n`,
  },
  gives: Object.fromEntries(Object.entries(gives).map(([key, value]) => [`services.a.${key}`, value])),
});

export const mergeCases: readonly StackFileCase[] = [
  merged("scalars are replaced", "user: a", "user: b", { user: "b", image: "i" }),
  merged("maps merge", "labels: { a: 1, b: 1 }", "labels: { b: 2, c: 2 }", { labels: { a: "1", b: "2", c: "2" } }),
  merged("a map and a list of pairs merge", "environment: { A: 1 }", "environment: [B=2, A=3]", {
    environment: { A: "3", B: "2" },
  }),
  merged("ports append", 'ports: ["80:80"]', 'ports: ["81:81"]', {
    ports: [port(80, { published: "80" }), port(81, { published: "81" })],
  }),
  merged("the same port of two forms is one", 'ports: ["80:80"]', "ports: [{ target: 80, published: '80' }]", {
    ports: [port(80, { published: "80" })],
  }),
  merged("mounts replace by target", 'volumes: ["/x:/t", "/y:/u"]', 'volumes: ["/z:/t"]', {
    volumes: [
      { type: "bind", source: "/z", target: "/t", bind: {} },
      { type: "bind", source: "/y", target: "/u", bind: {} },
    ],
  }),
  merged("commands replace", "command: [a, b]", "command: c", { command: ["c"] }),
  merged("a null command clears", "command: [a, b]\nentrypoint: x", "command:\nentrypoint:", {
    command: null,
    entrypoint: null,
  }),
  merged("health tests replace, the rest merges", "healthcheck: { test: a, retries: 3 }", "healthcheck: { test: b }", {
    healthcheck: { test: ["CMD-SHELL", "b"], retries: 3 },
  }),
  merged("null keeps what is below", "user: a\nenvironment: { A: 1 }", "user:\nenvironment:", {
    user: "a",
    environment: { A: "1" },
  }),
  merged(
    "log options merge for one driver",
    "logging: { driver: local, options: { max-file: 1 } }",
    "logging: { options: { max-size: 2 } }",
    {
      logging: { driver: "local", options: { "max-file": "1", "max-size": "2" } },
    },
  ),
  merged(
    "another log driver replaces",
    "logging: { driver: local, options: { max-file: 1 } }",
    "logging: { driver: none }",
    {
      logging: { driver: "none" },
    },
  ),
  merged("ulimits replace", "ulimits: { nofile: { soft: 1, hard: 2 } }", "ulimits: { nofile: 5 }", {
    ulimits: { nofile: 5 },
  }),
  merged("lists of words append without repeats", "dns_opt: [a, b]", "dns_opt: [b, c]", { dns_opt: ["a", "b", "c"] }),
  merged("one string appends to a list", "dns: 1.1.1.1", "dns: [8.8.8.8]", { dns: ["1.1.1.1", "8.8.8.8"] }),
  merged("hosts append", "extra_hosts: ['a:1.1.1.1']", "extra_hosts: ['a:1.1.1.2']", {
    extra_hosts: ["a=1.1.1.1", "a=1.1.1.2"],
  }),
  merged("device mappings replace by target", "devices: ['/dev/a:/dev/x']", "devices: ['/dev/b:/dev/x']", {
    devices: [{ source: "/dev/b", target: "/dev/x", permissions: "rwm" }],
  }),
  merged(
    "reset takes away",
    "ports: ['80:80']\nenvironment: { A: 1, B: 2 }",
    "ports: !reset []\nenvironment: { A: !reset null }",
    {
      ports: undefined,
      environment: { B: "2" },
    },
  ),
  merged(
    "override replaces",
    "ports: ['80:80']\nlabels: { a: 1 }",
    "ports: !override ['81:80']\nlabels: !override { b: 2 }",
    {
      ports: [port(80, { published: "81" })],
      labels: { b: "2" },
    },
  ),
  {
    title: "a list of dependencies merges with a map of them",
    files: {
      "compose.yaml":
        "services:\n  a: { image: i, depends_on: { b: { condition: service_healthy, restart: true } } }\n  b: { image: i, healthcheck: { test: x } }\n  c: { image: i }\n",
      "over.yaml": "services:\n  a: { depends_on: [b, c] }\n",
    },
    gives: {
      "services.a.depends_on": {
        b: { condition: "service_started", required: true, restart: true },
        c: { condition: "service_started", required: true },
      },
    },
  },
  {
    title: "networks of both forms merge",
    files: {
      "compose.yaml": "services:\n  a: { image: i, networks: [x] }\nnetworks: { x: , y: }\n",
      "over.yaml": "services:\n  a: { networks: { x: { aliases: [z] }, y: } }\n",
    },
    gives: { "services.a.networks": { x: { aliases: ["z"] }, y: null } },
  },
  {
    title: "address pools merge by subnet",
    files: {
      "compose.yaml":
        "services:\n  a: { image: i, networks: [x] }\nnetworks:\n  x: { ipam: { config: [{ subnet: 10.0.0.0/24 }] } }\n",
      "over.yaml":
        "networks:\n  x: { ipam: { config: [{ subnet: 10.0.0.0/24, gateway: 10.0.0.1 }, { subnet: 10.1.0.0/24 }] } }\n",
    },
    gives: { "networks.x.ipam.config": [{ subnet: "10.0.0.0/24", gateway: "10.0.0.1" }, { subnet: "10.1.0.0/24" }] },
  },
  {
    title: "a service is taken away",
    files: {
      "compose.yaml": "services:\n  a: { image: i }\n  b: { image: i }\n",
      "over.yaml": "services:\n  b: !reset null\n",
    },
    gives: { "services.a.image": "i", "services.b": undefined },
  },
  {
    title: "paths of every file are relative to the project",
    files: {
      "compose.yaml": "services:\n  a: { image: i, volumes: ['./x:/x'] }\n",
      "over/more.yaml": "services:\n  a: { volumes: ['./y:/y'] }\n",
    },
    gives: {
      "services.a.volumes": [
        { type: "bind", source: "/shop/x", target: "/x", bind: {} },
        { type: "bind", source: "/shop/y", target: "/y", bind: {} },
      ],
    },
  },
];
