import { port, type StackFileCase, valueCase } from "./case.ts";

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
