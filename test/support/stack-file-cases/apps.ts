import { port, type StackFileCase } from "./case.ts";

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
    gives: { "services.a.labels": { a: "1", b: "own" }, "services.a.label_file": ["/shop/l.txt"] },
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
