import { describe, expect, it } from "@jest/globals";
import Ajv from "ajv";
import { parse } from "yaml";
import { jsonSchemaOf } from "../../modules/stackfile/json-schema.ts";
import { stackFile } from "../../modules/stackfile/keys/top.ts";
import { projectCases } from "../support/stack-file-cases/apps.ts";
import { formCases } from "../support/stack-file-cases/forms.ts";
import { mergeCases } from "../support/stack-file-cases/merges.ts";
import { scalarCases } from "../support/stack-file-cases/scalars.ts";
import { load } from "../support/stack-files.ts";

const validate = new Ajv().compile(jsonSchemaOf(stackFile));

const read = (text: string): unknown => parse(text, { merge: true });

/** Whether the JSON Schema and the loader accept a stack file: one may not say yes where the other says no. */
function accepts(text: string): { readonly schema: boolean; readonly loader: boolean } {
  const env = { N: "1" };
  const { model } = load({ files: { "compose.yaml": text, "a.env": "", "f.txt": "" }, env });
  return { schema: validate(read(text)) as boolean, loader: model !== undefined };
}

const service = (keys: string): string => `services: { a: { image: i:1, ${keys} } }\n`;
const top = (keys: string): string => `services: { a: { image: i:1 } }\n${keys}\n`;

describe("the JSON Schema accepts what the loader accepts", () => {
  it.each([
    service("ports: [80, '80:80', '127.0.0.1:1:2/udp', '8000-8001:80-81', { target: 80 }, '${N}:80']"),
    service("command: run it"),
    service("command: [run, it]"),
    service("command: null"),
    service("environment: { A: 1, B: true, C: x, D: }"),
    service("environment: [A=1, B]"),
    service("environment: {}"),
    service("env_file: a.env"),
    service("env_file: [a.env, { path: b.env, required: false }]"),
    service("depends_on: {}"),
    service("healthcheck: { test: probe, interval: 1m30s, retries: '3' }"),
    service("healthcheck: { test: [CMD, probe], disable: true }"),
    service("stop_grace_period: 1.5s"),
    service("restart: on-failure:3"),
    service("restart: ''"),
    service("healthcheck: { test: x, retries: 1_0 }"),
    service("mem_limit: 0x1p30"),
    `${service("user: x")}include:\n`,
    service("restart: '${R:-always}'"),
    service("scale: '${N}'"),
    service("scale: 2"),
    service("init: 'yes'"),
    service("init: true"),
    service("mem_limit: 1.5g"),
    service("mem_limit: 8388608"),
    service("memswap_limit: -1"),
    service("cpus: '0.5'"),
    service("cpus: 0.5"),
    service("extra_hosts: [a=1.2.3.4]"),
    service("extra_hosts: { a: 1.2.3.4, b: ['::1'] }"),
    service("dns: 1.1.1.1"),
    service("dns: [1.1.1.1]"),
    service("devices: [/dev/a, { source: /dev/b, target: /dev/c }]"),
    service("ulimits: { nofile: 5, nproc: { soft: 1, hard: 2 } }"),
    service("networks: [default]"),
    service("networks: { default: { aliases: [x] } }"),
    service("volumes: [/data, '/a:/b:ro', { type: tmpfs, target: /t, tmpfs: { size: 5m } }]"),
    service("logging: { driver: none, options: { a: 1 } }"),
    service("labels: [a=b, c]"),
    service("labels: { a: b, c: 1 }"),
    service("deploy:"),
    service("deploy: { replicas: 2, resources: { limits: { cpus: 0.5, memory: 50m } } }"),
    service("x-mine: [anything]"),
    service("sysctls: { net.core.somaxconn: 1 }"),
    service("cap_add: [net_admin], cap_drop: [all]"),
    service("stop_signal: sigterm"),
    service("mac_address: '02:42:AC:11:00:02'"),
    service("networks: { default: { link_local_ips: ['FE80::1'] } }"),
    service("platform: Linux/AMD64"),
    service("storage_opt: { Size: 1G }"),
    service("dns: ['FE80::1%ETH0']"),
    service("tmpfs: /t"),
    service("oom_score_adj: -5"),
    service("build: { context: ., args: [A=1] }"),
    service("develop: { watch: [{ path: ., action: restart }] }"),
    service("gpus: all"),
    service("security_opt: [no-new-privileges, 'label:disable', 'seccomp=${X:-unconfined}']"),
    service("pid: host"),
    service("ipc: 'container:x'"),
    service("network_mode: bridge"),
    service("gpus: [{ count: 1, driver: nvidia }]"),
    service("deploy: { resources: { reservations: { devices: [{ capabilities: [gpu], count: all }] } } }"),
    service("volumes_from: ['container:other:ro']"),
    service("external_links: ['other:db']"),
    top('version: "3"'),
    top("x-mine: { anything: 1 }"),
    top("networks: { a: , b: { driver: bridge, ipam: { config: [{ subnet: 10.0.0.0/8 }] } } }"),
    top("volumes: { a: , b: { external: true }, c: { external: { name: d } } }"),
    top("configs: { a: { content: x }, b: { file: f.txt } }"),
    top("secrets: { a: { environment: X } }"),
    top("name: shop"),
  ])("%s", (text) => {
    expect(accepts(text)).toEqual({ schema: true, loader: true });
  });

  const cases = [...formCases, ...scalarCases, ...projectCases, ...mergeCases].flatMap(({ title, files }) =>
    // A schema is about one document.
    typeof files === "string" && !files.includes("\n---") ? [{ title, text: files }] : [],
  );

  it.each(cases)("$title", ({ text }) => {
    expect({ accepted: validate(read(text)), because: validate.errors }).toEqual({ accepted: true, because: null });
  });
});

describe("the JSON Schema refuses what the loader refuses", () => {
  it.each([
    "[]",
    top("volume: {}"),
    top("services2: {}"),
    top("name: [a]"),
    top("models: {}"),
    top("networks: [a]"),
    top("volumes: { 'a b': {} }"),
    `${service("configs: [a]")}configs: { a: { content: x, external: true } }\n`,
    service("security_opt: ['seccomp=./profile.json']"),
    service("security_opt: [unconfined]"),
    service("userns_mode: keep-id"),
    service("pid: private"),
    service("network_mode: disabled"),
    service("secrets: [{ source: x, uid: root }]"),
    service("volumes: [{ type: volume, target: 'n:/n' }]"),
    top("secrets: { a: { content: x } }"),
    "services: []\n",
    "services: { a: }\n",
    "services: { 'a b': { image: i:1 } }\n",
    service("imge: x"),
    "services: { a: { image: 5 } }\n",
    "services: { a: { image: [i] } }\n",
    service("ports: 80"),
    service("ports: { a: b }"),
    service("ports: [{ target: 70000 }]"),
    service("ports: [{ published: 80 }]"),
    service("scale: 2x"),
    service("cpus: 1.2.3"),
    service("mem_limit: 9ib"),
    service("healthcheck: { test: x, retries: -1 }"),
    service("volumes: [{ type: bind, source: /a }]"),
    service("devices: [{ source: /dev/a }]"),
    service("gpus: some"),
    service("ports: [{ target: 80, protocol: icmp }]"),
    service("command: { a: b }"),
    service("environment: x"),
    service("environment: { A: [1] }"),
    service("environment:"),
    service("env_file: [{ required: true }]"),
    service("depends_on: { b: { condition: service_ok } }"),
    service("depends_on: { b: { required: true } }"),
    service("healthcheck: { intervall: 1s }"),
    service("healthcheck: { interval: 5 }"),
    service("healthcheck: { interval: soon }"),
    service("restart: allways"),
    service("scale: x"),
    service("init: maybe"),
    service("init: '1'"),
    service("tty: t"),
    service("use_api_socket: true"),
    service("volumes: [{ type: image, source: i:1, target: /x }]"),
    service("mem_limit: lots"),
    service("mem_limit: 512"),
    service("cpu_period: 999"),
    service("cpu_quota: 999"),
    service("ulimits: { files: 5 }"),
    service("cap_add: [NET_NONE]"),
    service("mem_limit: true"),
    service("extra_hosts: 5"),
    service("devices: [{ target: /dev/c }]"),
    service("ulimits: { nofile: { soft: 1 } }"),
    service("volumes: [{ target: /x }]"),
    service("volumes: [{ type: npipe, target: /x }]"),
    service("volumes: [5]"),
    service("logging: { drivr: none }"),
    service("labels: x"),
    service("deploy: { replica: 2 }"),
    service("deploy: { update_config: { order: any } }"),
    service("deploy: { update_config: { max_failure_ratio: 2 } }"),
    service("credential_spec: {}"),
    service("oom_score_adj: -5000"),
    service("pull_policy: sometimes"),
  ])("%s", (text) => {
    expect(accepts(text)).toEqual({ schema: false, loader: false });
  });
});

describe("the JSON Schema leaves to the loader", () => {
  it.each([
    "{}",
    "services: { a: { user: x } }\n",
    service("ports: ['80:x']"),
    service("configs: [{ target: /x }]"),
    service("volumes: ['data:/data']"),
    service("volumes: ['./a:/b']"),
    service("networks: [front]"),
    service("command: run 'it"),
    service("mem_limit: '512'"),
  ])("%s", (text) => {
    expect(accepts(text)).toEqual({ schema: true, loader: false });
  });
});
