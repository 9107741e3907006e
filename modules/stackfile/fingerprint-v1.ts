/** What a version of the fingerprint makes of a value of the model. */
export type Part =
  /** It makes the container what it is. */
  | { readonly kind: "taken" }
  /** A change of it needs no new container. */
  | { readonly kind: "left" }
  /** Neither does a change of this, and the fingerprint has one value in its place. */
  | { readonly kind: "always"; readonly value: string }
  | { readonly kind: "map"; readonly keys: Parts }
  /** The maps of a list, or of a map with names of the user's choice. */
  | { readonly kind: "each"; readonly keys: Parts };

/** By key. What is not there is left, too: it has no effect, or does not work. */
export type Parts = Readonly<Record<string, Part>>;

const taken: Part = { kind: "taken" };
const left: Part = { kind: "left" };
const always = (value: string): Part => ({ kind: "always", value });
const map = (keys: Parts): Part => ({ kind: "map", keys });
const each = (keys: Parts): Part => ({ kind: "each", keys });

/**
 * What of a service version 1 of the fingerprint takes in. It stands for itself, whatever becomes of the key tables: to take a
 * key that services may have already is to recreate the containers of all that have it, and so is to leave one that was
 * taken. That needs a version 2 (`olderRules` in `fingerprint.ts`). A key that did not work until now may be added here: no
 * container has it.
 */
export const serviceV1: Parts = {
  annotations: taken,
  blkio_config: map({
    device_read_bps: each({ path: taken, rate: taken }),
    device_read_iops: each({ path: taken, rate: taken }),
    device_write_bps: each({ path: taken, rate: taken }),
    device_write_iops: each({ path: taken, rate: taken }),
    weight: taken,
    weight_device: each({ path: taken, weight: taken }),
  }),
  cap_add: taken,
  cap_drop: taken,
  cgroup: taken,
  cgroup_parent: taken,
  command: taken,
  configs: each({ gid: taken, mode: taken, source: taken, target: taken, uid: taken }),
  container_name: taken,
  cpu_period: taken,
  cpu_quota: taken,
  cpu_rt_period: taken,
  cpu_rt_runtime: taken,
  cpu_shares: taken,
  cpus: taken,
  cpuset: taken,
  depends_on: left,
  deploy: map({
    mode: left,
    placement: left,
    replicas: left,
    resources: map({
      limits: map({ cpus: taken, memory: taken, pids: taken }),
      reservations: map({
        devices: each({ capabilities: taken, count: taken, device_ids: taken, driver: taken, options: taken }),
        memory: taken,
      }),
    }),
    restart_policy: map({ condition: taken, max_attempts: taken }),
    rollback_config: left,
    update_config: left,
  }),
  device_cgroup_rules: taken,
  devices: each({ permissions: taken, source: taken, target: taken }),
  dns: taken,
  dns_opt: taken,
  dns_search: taken,
  domainname: taken,
  entrypoint: taken,
  env_file: each({ format: taken, path: taken, required: taken }),
  environment: taken,
  expose: taken,
  /** It is gone from what is loaded. */
  extends: left,
  external_links: taken,
  extra_hosts: taken,
  gpus: each({ capabilities: taken, count: taken, device_ids: taken, driver: taken, options: taken }),
  group_add: taken,
  healthcheck: map({
    disable: taken,
    interval: taken,
    retries: taken,
    start_interval: taken,
    start_period: taken,
    test: taken,
    timeout: taken,
  }),
  hostname: taken,
  image: taken,
  init: taken,
  ipc: taken,
  label_file: taken,
  labels: taken,
  links: taken,
  logging: map({ driver: taken, options: taken }),
  mac_address: taken,
  mem_limit: taken,
  mem_reservation: taken,
  memswap_limit: taken,
  network_mode: taken,
  networks: each({
    aliases: taken,
    driver_opts: taken,
    gw_priority: taken,
    interface_name: taken,
    ipv4_address: taken,
    ipv6_address: taken,
    link_local_ips: taken,
    mac_address: taken,
    priority: taken,
  }),
  oom_score_adj: taken,
  pid: taken,
  pids_limit: taken,
  platform: taken,
  /** On one host both modes are the same. */
  ports: each({ host_ip: taken, mode: always("ingress"), protocol: taken, published: taken, target: taken }),
  privileged: taken,
  profiles: left,
  pull_policy: left,
  read_only: taken,
  restart: taken,
  runtime: taken,
  scale: left,
  secrets: each({ gid: taken, mode: taken, source: taken, target: taken, uid: taken }),
  security_opt: taken,
  shm_size: taken,
  stdin_open: taken,
  stop_grace_period: taken,
  stop_signal: taken,
  storage_opt: taken,
  sysctls: taken,
  tmpfs: taken,
  tty: taken,
  ulimits: each({ hard: taken, soft: taken }),
  user: taken,
  userns_mode: taken,
  uts: taken,
  volumes: each({
    bind: map({ create_host_path: taken, propagation: taken, recursive: taken, selinux: taken }),
    read_only: taken,
    source: taken,
    target: taken,
    tmpfs: map({ mode: taken, size: taken }),
    type: taken,
    volume: map({ labels: taken, nocopy: taken, subpath: taken }),
  }),
  volumes_from: taken,
  working_dir: taken,
};
