import { port, service, type StackFileCase } from "./case.ts";

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
