import { describe, expect, it } from "@jest/globals";
import { load } from "../support/stack-files.ts";

const suggestionsOf = (text: string): readonly (string | undefined)[] =>
  load(text).diagnostics.flatMap(({ severity, suggestion }) => (severity === "error" ? [suggestion] : []));
const service = (keys: string): string => `services: { web: { image: i:1, ${keys} } }\n`;

describe("who knows a key by another name is told its own", () => {
  it.each([
    ["env: { A: 1 }", "environment"],
    ["ENV: { A: 1 }", "environment"],
    ["variables: { A: 1 }", "environment"],
    ["cmd: run", "command"],
    ["args: [run]", "command"],
    ["memory: 64m", "mem_limit"],
    ["memory_limit: 64m", "mem_limit"],
    ["cpu: 1", "cpus"],
    ["publish: ['80:80']", "ports"],
    ["mounts: ['a:/a']", "volumes"],
    ["network: front", "networks"],
    ["net: host", "networks"],
    ["requires: [db]", "depends_on"],
    ["livenessProbe: { test: x }", "healthcheck"],
    ["workdir: /srv", "working_dir"],
    ["restart_policy: always", "restart"],
    ["name: web", "container_name"],
    ["replicas: 2", "scale"],
    ["dockerfile: Dockerfile", "build"],
    ["capabilities: [NET_ADMIN]", "cap_add"],
    ["stop_timeout: 5s", "stop_grace_period"],
    ["hosts: [a=10.0.0.1]", "extra_hosts"],
    ["healthcheck: { cmd: x }", "test"],
    ["healthcheck: { test: x, initialDelay: 5s }", "start_period"],
    ["ports: [{ containerPort: 80 }]", "target"],
    ["ports: [{ target: 80, hostPort: 80 }]", "published"],
    ["volumes: [{ type: bind, src: /a, target: /a }]", "source"],
    ["deploy: { scale: 2 }", "replicas"],
    ["deploy: { resources: { limits: { mem: 64m } } }", "memory"],
    ["deploy: { restart: { condition: any } }", "restart_policy"],
  ])("%s", (keys, meant) => {
    expect(suggestionsOf(service(keys))).toContain(meant);
  });

  it.each([
    ["service: { web: { image: i:1 } }\n", "services"],
    [`${service("user: x")}network: { front: }\n`, "networks"],
    [`${service("user: x")}configs: { a: { data: x } }\n`, "content"],
    [`${service("user: x")}secrets: { a: { path: ./x } }\n`, "file"],
  ])("%s", (text, meant) => {
    expect(suggestionsOf(text)).toContain(meant);
  });
});

describe("and so is who knows a value by another", () => {
  it.each([
    ["restart: never", "no"],
    ["restart: on-error", "on-failure"],
    ["pull_policy: if-missing", "missing"],
    ["depends_on: { web: { condition: healthy } }", "service_healthy"],
    ["depends_on: { web: { condition: completed } }", "service_completed_successfully"],
    ["volumes: [{ type: directory, source: /a, target: /a }]", "bind"],
  ])("%s", (keys, meant) => {
    expect(suggestionsOf(service(keys))).toContain(meant);
  });
});

describe("what looks like a key is still taken for it", () => {
  it.each([
    ["prots: ['80:80']", "ports"],
    ["enviroment: { A: 1 }", "environment"],
    ["restart: allways", "always"],
    ["ulimits: { nofiles: 5 }", "nofile"],
    ["cap_add: [NET_ADMN]", "NET_ADMIN"],
    ["stop_signal: SIGTREM", "SIGTERM"],
    ["unheard_of: x", undefined],
  ])("%s", (keys, meant) => {
    expect(suggestionsOf(service(keys))).toEqual([meant]);
  });
});
