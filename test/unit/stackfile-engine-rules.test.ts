import { describe, expect, it } from "@jest/globals";
import { impossibleServices, impossibleVolumeNames, takenNetworkNames } from "../support/impossible-services.ts";
import { findings, load } from "../support/stack-files.ts";

const service = (keys: string): string => `services: { a: { image: i:1, ${keys.slice(1)} }\n`;
const errorsOf = (keys: string) => load(service(keys)).diagnostics.filter(({ severity }) => severity === "error");

describe("what Docker Engine makes no container of is refused where it stands", () => {
  it.each(impossibleServices)("$keys", ({ keys, at }) => {
    const [error, ...more] = errorsOf(keys);
    expect(error?.path).toEqual(["services", "a", ...at]);
    expect(["invalid-value", "not-supported"]).toContain(error?.code);
    expect(more).toEqual([]);
  });

  it.each(impossibleVolumeNames)("a volume with the name %j", (name) => {
    const [error, ...more] = load(
      `services: { a: { image: i:1, volumes: ['vv:/v'] } }\nvolumes: { vv: { name: ${JSON.stringify(name)} } }\n`,
    ).diagnostics;
    expect(error).toMatchObject({ code: "invalid-value", path: ["volumes", "vv", "name"], line: 2 });
    expect(more).toEqual([]);
  });

  it.each(takenNetworkNames)("a network with the name %j", (name) => {
    const [error, ...more] = load(
      `services: { a: { image: i:1, networks: [n] } }\nnetworks: { n: { name: ${name} } }\n`,
    ).diagnostics;
    expect(error).toMatchObject({ code: "not-supported", path: ["networks", "n", "name"], line: 2 });
    expect(more).toEqual([]);
  });

  it.each(["/", "/.", "/a/..", "/a/../", "..", "//"])("a config at %s, where no file can be", (target) => {
    const text = `services: { a: { image: i:1, configs: [{ source: c, target: ${target} }] } }\nconfigs: { c: { content: x } }\n`;
    expect(load(text).diagnostics).toMatchObject([
      { code: "invalid-value", path: ["services", "a", "configs", 0, "target"] },
    ]);
  });

  it.each(["foo", "1.2.3", "1.1.1.1:53"])("a name server %s without an address, by docker compose", (server) => {
    expect(errorsOf(`{ dns: ['8.8.8.8', '${server}'] }`)).toMatchObject([
      { code: "invalid-value", path: ["services", "a", "dns", 1] },
    ]);
  });

  it.each([
    ["a b", "it has white space in it"],
    ["x:", "a colon stands there without a tag"],
    [":tag", "there is no name"],
    ["UPPER", "it has capital letters"],
    ["registry.example.com/UPPER:1", "it has capital letters"],
    ["http://x/y", "it is a URL"],
    ["x@sha256:short", "what stands behind the @ is no digest"],
    ["x:-1", "what stands behind the colon is no tag"],
    ["team//shop:1", "it has signs that no name has"],
    ["-x.example.com/shop:1", "what stands before the first slash is no registry"],
  ])("an image that is called %j", (image, reason) => {
    const errors = load(`services: { a: { image: "${image}" } }\n`).diagnostics.filter(
      ({ severity }) => severity === "error",
    );
    expect(errors).toMatchObject([{ code: "invalid-value", path: ["services", "a", "image"], line: 1, column: 25 }]);
    expect(errors[0]?.message).toContain(`no image can be called "${image}": ${reason}`);
  });

  it("an image whose name comes from a variable, without the value of that", () => {
    const { diagnostics } = load({
      files: { "compose.yaml": 'services: { a: { image: "x:$TAG" } }\n' },
      env: { TAG: "pass word" },
    });
    expect(diagnostics.map(({ message }) => message)).toEqual([
      'services.a.image: no image can be called "x:$TAG": it has white space in it',
    ]);
  });

  it("and a mistaken option of tmpfs is named", () => {
    expect(findings(service("{ tmpfs: ['/b:noexce,size=1m'] }"))).toContain(
      'compose.yaml:1:39 error invalid-value: services.a.tmpfs[0]: "noexce" is not an option of tmpfs',
    );
  });

  it("and so is the interval of a start that has no period, by docker compose", () => {
    expect(findings(service("{ healthcheck: { test: x, start_interval: 1s } }"))).toContain(
      'compose.yaml:1:55 error not-supported: "start_interval" is not supported: it is about the time that start_period gives',
    );
  });
});

describe("what it makes a container of is not refused", () => {
  it.each([
    "UPPER/x:1",
    "GHCR.io/x/y:1",
    "localhost/x:1",
    "localhost:5000/x/y_z__a-b--c.d:V1.2-x_y",
    "[::1]:5000/x:1",
    `x@sha256:${"a".repeat(64)}`,
    `x:1@sha256:${"a".repeat(64)}`,
    "0123456789abcdef".repeat(4),
  ])("an image that is called %j", (image) => {
    const { diagnostics } = load(`services: { a: { image: "${image}" } }\n`);
    expect(diagnostics.filter(({ severity }) => severity === "error")).toEqual([]);
  });

  it.each([
    "{ mem_limit: 64m, memswap_limit: 64m }",
    "{ mem_limit: 64m, memswap_limit: -1 }",
    "{ memswap_limit: -1 }",
    "{ memswap_limit: 0 }",
    "{ mem_limit: 64m, mem_reservation: 64m }",
    "{ mem_reservation: 64m }",
    "{ cpus: 0.5, cpu_quota: 0, cpu_period: 0 }",
    "{ cpus: 0, cpu_quota: 50000, cpu_period: 100000 }",
    "{ cpus: 0.5, cpu_quota: -1 }",
    "{ cpu_quota: 1000, cpu_period: 1000 }",
    "{ cpu_quota: '50000' }",
    "{ cpu_shares: 0 }",
    "{ cpuset: '0-1,3' }",
    "{ cpuset: '' }",
    "{ blkio_config: { weight: 0 } }",
    "{ blkio_config: { weight: 1000, weight_device: [{ path: /dev/null, weight: 1 }] } }",
    "{ working_dir: '' }",
    "{ stop_signal: term }",
    "{ stop_signal: SIGRTMIN+3 }",
    "{ stop_signal: '9' }",
    "{ cap_add: [cap_net_admin, ALL, sys_time], cap_drop: [all] }",
    "{ ulimits: { nofile: { soft: 10, hard: -1 }, core: -1, memlock: { soft: -1, hard: -1 } } }",
    "{ healthcheck: { test: x, interval: 0s, timeout: 1ms, start_period: 1m, start_interval: 5s } }",
    "{ device_cgroup_rules: ['c 1:3 mr', 'a 7:* rmw', 'b *:* r'] }",
    "{ tmpfs: ['/t:size=64m,mode=1777', /run/] }",
    "{ volumes: [/..data, '/srv:/a/../b:ro,rslave'] }",
    "{ tmpfs: ['/b:', '/c:rw,noexec,nosuid,nodev,noatime,size=50%', '/d:size=64M,nr_inodes=5k,nr_blocks=10,uid=5,gid=6,mode=77777'] }",
    "{ tmpfs: ['/b:mpol=local,sync,dirsync,private,rshared,defaults,relatime,strictatime'] }",
    "{ dns: [1.1.1.1, '::1', 'fe80::1%eth0'] }",
    "{ dns: 1.1.1.1 }",
    "{ platform: linux }",
    "{ platform: amd64 }",
    "{ platform: linux/arm/v7 }",
    "{ platform: Linux/x86_64 }",
    "{ platform: wasi/wasm }",
    "{ storage_opt: { size: 1.5G } }",
    "{ storage_opt: { size: '1000' } }",
    "{ mac_address: '02:42:AC:11:00:02' }",
    "{ mac_address: 0242.ac11.0002 }",
    "{ extra_hosts: ['a=10.0.0.1', 'b:host-gateway', 'c=[::1]'] }",
    "{ extra_hosts: { a: ['10.0.0.1', '::1'] } }",
    "{ sysctls: [net.core.somaxconn=5, kernel.shmmax=5, fs.mqueue.msg_max=5] }",
    "{ network_mode: host, sysctls: { kernel.msgmax: 5 } }",
    "{ group_add: [0, audio] }",
    "{ environment: [A, B=, C=x] }",
    "{ logging: { driver: json-file, options: { max-size: 1m, max-file: 3, tag: x, mode: non-blocking } } }",
    "{ logging: { driver: journald, options: { any: x } } }",
    "{ logging: { options: { any: x } } }",
    "{ security_opt: [no-new-privileges, 'no-new-privileges:true', 'label:disable', seccomp=unconfined] }",
    "{ cpu_rt_runtime: 500, cpu_rt_period: 1000 }",
  ])("%s", (keys) => {
    expect(errorsOf(keys)).toEqual([]);
  });

  it.each([
    ["a volume of another driver", "volumes: { vv: { driver: nfs, name: a/b } }"],
    ["a volume that is there", "volumes: { vv: { external: true, name: a/b } }"],
    ["a volume with a name for two", "volumes: { vv: { name: ab } }"],
    ["a volume whose name is not known yet", "volumes: { vv: { name: '${NAME}' } }"],
  ])("%s", (_, volumes) => {
    const files = { "compose.yaml": `services: { a: { image: i:1, volumes: ['vv:/v'] } }\n${volumes}\n` };
    const { diagnostics } = load({ files, input: { unknownVariables: ["NAME"] } });
    expect(diagnostics.filter(({ severity }) => severity === "error")).toEqual([]);
  });

  it.each(["{ name: a b }", "{ name: bridge, external: true }"])("a network %s", (network) => {
    const { diagnostics } = load(`services: { a: { image: i:1, networks: [n] } }\nnetworks: { n: ${network} }\n`);
    expect(diagnostics.filter(({ severity }) => severity === "error")).toEqual([]);
  });

  it.each(["/etc/a", "a", "/a/", "/..a", "a/b"])("a config at %s", (target) => {
    const text = `services: { a: { image: i:1, configs: [{ source: c, target: ${target} }] } }\nconfigs: { c: { content: x } }\n`;
    expect(load(text).diagnostics).toEqual([]);
  });

  it.each([
    ["an address within a subnet", "{ ipam: { config: [{ subnet: 10.9.0.0/24 }] } }"],
    ["an address on a network that is there", "{ external: true }"],
    ["an address of another driver of addresses", "{ ipam: { driver: dhcp } }"],
  ])("%s", (_, network) => {
    const keys = "{ networks: { n: { ipv4_address: 10.9.0.5 } } }";
    const { diagnostics } = load(`${service(keys)}networks: { n: ${network} }\n`);
    expect(diagnostics.filter(({ severity }) => severity === "error")).toEqual([]);
  });
});
