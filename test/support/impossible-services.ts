/**
 * What docker compose loads and Docker Engine makes no container of: keys of one service, each with the path below the service
 * that is to blame. The loader is tested to refuse each, and a real engine to refuse what the loader does.
 */
export interface ImpossibleService {
  readonly keys: string;
  readonly at: readonly (string | number)[];
}

export const impossibleServices: readonly ImpossibleService[] = [
  { keys: "{ mem_limit: 64m, memswap_limit: 32m }", at: ["memswap_limit"] },
  { keys: "{ memswap_limit: 64m }", at: ["memswap_limit"] },
  { keys: "{ memswap_limit: 32m, deploy: { resources: { limits: { memory: 64m } } } }", at: ["memswap_limit"] },
  { keys: "{ mem_limit: 32m, mem_reservation: 64m }", at: ["mem_reservation"] },
  {
    keys: "{ deploy: { resources: { limits: { memory: 32m }, reservations: { memory: 64m } } } }",
    at: ["deploy", "resources", "reservations"],
  },
  { keys: "{ cpus: 0.5, cpu_quota: 50000 }", at: ["cpu_quota"] },
  { keys: "{ cpus: 0.5, cpu_period: 100000 }", at: ["cpu_period"] },
  { keys: "{ cpu_quota: 50000, deploy: { resources: { limits: { cpus: 0.5 } } } }", at: ["cpu_quota"] },
  { keys: "{ cpu_quota: 999 }", at: ["cpu_quota"] },
  { keys: "{ cpu_period: 999 }", at: ["cpu_period"] },
  { keys: "{ cpu_period: -1 }", at: ["cpu_period"] },
  { keys: "{ cpu_period: 1000001 }", at: ["cpu_period"] },
  { keys: "{ cpu_shares: -1 }", at: ["cpu_shares"] },
  { keys: "{ cpuset: a }", at: ["cpuset"] },
  { keys: "{ cpuset: '0,' }", at: ["cpuset"] },
  { keys: "{ blkio_config: { weight: 9 } }", at: ["blkio_config", "weight"] },
  { keys: "{ blkio_config: { weight: 1001 } }", at: ["blkio_config", "weight"] },
  { keys: "{ blkio_config: { weight: 70000 } }", at: ["blkio_config", "weight"] },
  {
    keys: "{ blkio_config: { weight_device: [{ path: /dev/null, weight: 1001 }] } }",
    at: ["blkio_config", "weight_device", 0, "weight"],
  },
  {
    keys: "{ blkio_config: { device_read_bps: [{ path: /dev/null, rate: -1 }] } }",
    at: ["blkio_config", "device_read_bps", 0, "rate"],
  },
  {
    keys: "{ blkio_config: { device_read_bps: [{ path: sda, rate: 1m }] } }",
    at: ["blkio_config", "device_read_bps", 0, "path"],
  },
  { keys: "{ shm_size: -1 }", at: ["shm_size"] },
  { keys: "{ mem_limit: 1m }", at: ["mem_limit"] },
  { keys: "{ mem_reservation: 1m }", at: ["mem_reservation"] },
  { keys: "{ cpus: -1 }", at: ["cpus"] },
  { keys: "{ working_dir: here }", at: ["working_dir"] },
  { keys: "{ stop_signal: SIGNONE }", at: ["stop_signal"] },
  { keys: "{ stop_signal: '0' }", at: ["stop_signal"] },
  { keys: "{ cap_add: [NET_NONE] }", at: ["cap_add", 0] },
  { keys: "{ cap_drop: [NET_NONE] }", at: ["cap_drop", 0] },
  { keys: "{ ulimits: { files: 5 } }", at: ["ulimits", "files"] },
  { keys: "{ ulimits: { nofile: { soft: 20, hard: 10 } } }", at: ["ulimits", "nofile", "soft"] },
  { keys: "{ healthcheck: { test: 'true', interval: 500us } }", at: ["healthcheck", "interval"] },
  { keys: "{ healthcheck: { test: 'true', timeout: -5s } }", at: ["healthcheck", "timeout"] },
  { keys: "{ healthcheck: { test: 'true', start_period: 1us } }", at: ["healthcheck", "start_period"] },
  {
    keys: "{ healthcheck: { test: 'true', start_period: 1s, start_interval: 1us } }",
    at: ["healthcheck", "start_interval"],
  },
  { keys: "{ device_cgroup_rules: [c 1:3] }", at: ["device_cgroup_rules", 0] },
  { keys: "{ device_cgroup_rules: ['d 1:3 rwm'] }", at: ["device_cgroup_rules", 0] },
  { keys: "{ tmpfs: here }", at: ["tmpfs"] },
  { keys: "{ tmpfs: [/] }", at: ["tmpfs", 0] },
  { keys: "{ volumes: ['/srv:/'] }", at: ["volumes", 0, "target"] },
  {
    keys: "{ volumes: [{ type: bind, source: /srv, target: /b, bind: { propagation: any } }] }",
    at: ["volumes", 0, "bind", "propagation"],
  },
  { keys: "{ mac_address: x }", at: ["mac_address"] },
  { keys: "{ networks: { default: { mac_address: x } } }", at: ["networks", "default", "mac_address"] },
  { keys: "{ networks: { default: { ipv4_address: x } } }", at: ["networks", "default", "ipv4_address"] },
  { keys: "{ networks: { default: { ipv4_address: '::1' } } }", at: ["networks", "default", "ipv4_address"] },
  { keys: "{ networks: { default: { ipv6_address: 10.0.0.1 } } }", at: ["networks", "default", "ipv6_address"] },
  { keys: "{ networks: { default: { link_local_ips: [x] } } }", at: ["networks", "default", "link_local_ips", 0] },
  {
    keys: "{ networks: { default: { ipv4_address: 10.0.0.2 } } }",
    at: ["networks", "default", "ipv4_address"],
  },
  { keys: "{ extra_hosts: ['a=here'] }", at: ["extra_hosts"] },
  { keys: "{ network_mode: host, sysctls: { net.core.somaxconn: 5 } }", at: ["sysctls", "net.core.somaxconn"] },
  { keys: "{ sysctls: { vm.swappiness: 5 } }", at: ["sysctls", "vm.swappiness"] },
  { keys: "{ group_add: [-1] }", at: ["group_add", 0] },
  { keys: "{ environment: ['=x'] }", at: ["environment", 0] },
  { keys: `{ hostname: ${"x".repeat(65)} }`, at: ["hostname"] },
  { keys: "{ logging: { driver: json-file, options: { max-siz: 1m } } }", at: ["logging", "options", "max-siz"] },
  { keys: "{ security_opt: ['apparmr=unconfined'] }", at: ["security_opt", 0] },
  { keys: "{ security_opt: ['no-new-privileges=maybe'] }", at: ["security_opt", 0] },
  { keys: "{ restart: 'on-failure:-1' }", at: ["restart"] },
  { keys: "{ cpu_rt_runtime: 1000, cpu_rt_period: 500 }", at: ["cpu_rt_runtime"] },
];
