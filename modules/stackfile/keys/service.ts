import {
  dependencyNames,
  deviceLongForm,
  extraHosts,
  fileTarget,
  healthTest,
  networkNames,
  oneOrMore,
  oneOrMoreServers,
  sameText,
  stringAs,
  valueOf,
} from "../forms/collections.ts";
import { mountIdentity, mountLongForm } from "../forms/mounts.ts";
import { expandPort, portIdentity } from "../forms/ports.ts";
import { command, labels, namedStrings, namePattern, options, stringOrStrings, strings, variables } from "./common.ts";
import { deploy } from "./deploy.ts";
import {
  accepted,
  boolean,
  bytes,
  dictionary,
  duration,
  integer,
  list,
  mapping,
  mode,
  number,
  oneOf,
  refused,
  string,
  text,
} from "./shape.ts";

const notYet = "it does not work yet";
const windows = "it is for Windows containers";

const dependency = mapping(
  {
    condition: oneOf("service_started", "service_healthy", "service_completed_successfully"),
    required: boolean(),
    restart: boolean(),
  },
  { required: ["condition"], defaults: { required: true } },
);

const healthcheck = mapping({
  test: list(string(), { longForm: healthTest, merge: "replace", expected: "a string or a list of strings" }),
  interval: duration(),
  timeout: duration(),
  retries: integer(),
  start_period: duration(),
  start_interval: duration(),
  disable: boolean(),
});

const port = mapping(
  {
    name: string(),
    mode: string(),
    host_ip: string(),
    target: integer({ range: { min: 1, max: 65_535 } }),
    published: text(),
    protocol: oneOf("tcp", "udp"),
    app_protocol: string(),
  },
  { required: ["target"], defaults: { mode: "ingress", protocol: "tcp" }, expected: 'a port such as "8080:80"' },
);

const mount = mapping(
  {
    type: string({
      values: ["bind", "volume", "tmpfs"],
      refused: { image: notYet, npipe: windows, cluster: "it needs a cluster of several hosts" },
    }),
    source: string(),
    target: string(),
    read_only: boolean(),
    consistency: string(),
    bind: mapping({
      propagation: string(),
      create_host_path: boolean(),
      recursive: refused(notYet),
      selinux: oneOf("z", "Z"),
    }),
    volume: mapping({ nocopy: boolean(), subpath: string(), labels: refused(notYet) }),
    tmpfs: mapping({ size: bytes({ range: { min: 0 } }), mode: integer() }),
    image: refused("mounts of images do not work yet"),
  },
  { required: ["type", "target"], longForm: mountLongForm, expected: 'a mount such as "data:/var/lib/data"' },
);

const fileReference = mapping(
  { source: string(), target: string(), uid: string(), gid: string(), mode: mode() },
  { longForm: stringAs("source"), required: ["source"], expected: "a name or a map" },
);

const attachment = mapping(
  {
    aliases: strings,
    ipv4_address: string(),
    ipv6_address: string(),
    link_local_ips: strings,
    mac_address: string(),
    driver_opts: options,
    priority: number(),
    gw_priority: number(),
    interface_name: refused(notYet),
  },
  { nullable: true },
);

const envFile = mapping(
  { path: string(), required: boolean(), format: oneOf("raw") },
  { longForm: stringAs("path", { required: true }), required: ["path"], expected: "a path or a map" },
);

/** `services.*` */
export const service = mapping(
  {
    // Image and process
    image: string(),
    build: refused("Stackhouse runs images and does not build them yet"),
    command,
    entrypoint: command,
    environment: variables,
    env_file: list(envFile, { longForm: oneOrMore, identity: valueOf("path"), expected: "a path or a list of paths" }),
    working_dir: string(),
    user: string(),
    init: boolean(),
    tty: boolean(),
    stdin_open: boolean(),
    platform: string(),
    pull_policy: string({
      values: ["always", "missing", "if_not_present", "never"],
      refused: {
        build: "Stackhouse runs images and does not build them yet",
        refresh: notYet,
        daily: notYet,
        weekly: notYet,
      },
    }),
    pull_refresh_after: refused(notYet),
    runtime: refused(notYet),
    isolation: refused(windows),
    credential_spec: refused(windows),
    provider: refused("services that a provider runs outside the host do not work yet"),
    models: refused("AI models do not work yet"),
    extends: refused("it comes with the whole Compose Specification; repeat the keys, or use a YAML anchor"),
    develop: refused("dev watch does not work yet"),
    // Lifecycle
    restart: string({
      pattern: {
        matches: /^(?:no|always|unless-stopped|on-failure(?::\d+)?)$/,
        expected: "no, always, unless-stopped or on-failure[:N]",
      },
    }),
    depends_on: dictionary(dependency, {
      longForm: dependencyNames,
      names: namePattern,
      expected: "a map or a list of services",
    }),
    healthcheck,
    stop_grace_period: duration(),
    stop_signal: string(),
    container_name: string({
      pattern: { matches: /^[a-zA-Z0-9][a-zA-Z0-9_.-]+$/, expected: "two or more letters, digits, '_', '.' and '-'" },
    }),
    scale: integer({ range: { min: 0 } }),
    deploy,
    profiles: strings,
    attach: accepted(boolean(), "logs are shown on request, `up` attaches to nothing"),
    pre_start: refused(notYet),
    post_start: refused(notYet),
    pre_stop: refused(notYet),
    // Network
    ports: list(port, { expand: expandPort, identity: portIdentity }),
    expose: list(text(), { identity: sameText }),
    networks: dictionary(attachment, { longForm: networkNames, expected: "a map or a list of networks" }),
    network_mode: string(),
    hostname: string(),
    domainname: string(),
    extra_hosts: list(string(), {
      longForm: extraHosts,
      identity: sameText,
      expected: "a map or a list of NAME=ADDRESS",
    }),
    dns: { ...stringOrStrings, longForm: oneOrMoreServers },
    dns_search: stringOrStrings,
    dns_opt: namedStrings,
    links: refused("it is replaced by networks: services of one network reach each other by name"),
    external_links: refused("it is replaced by external networks"),
    mac_address: refused("set it on a network of the service"),
    // Storage
    volumes: list(mount, { identity: mountIdentity }),
    volumes_from: refused(notYet),
    tmpfs: stringOrStrings,
    shm_size: bytes(),
    read_only: boolean(),
    storage_opt: refused(notYet),
    configs: list(fileReference, { identity: fileTarget("") }),
    secrets: list(fileReference, { identity: fileTarget("/run/secrets") }),
    // Security and kernel
    cap_add: namedStrings,
    cap_drop: namedStrings,
    security_opt: list(string()),
    privileged: boolean(),
    devices: list(
      mapping(
        { source: string(), target: string(), permissions: string() },
        { longForm: deviceLongForm, required: ["source"], expected: 'a device such as "/dev/ttyUSB0"' },
      ),
      { identity: valueOf("target") },
    ),
    device_cgroup_rules: refused(notYet),
    sysctls: labels,
    ulimits: dictionary(
      mapping(
        { soft: integer(), hard: integer() },
        {
          required: ["soft", "hard"],
          merge: "replace",
          orScalar: integer(),
          expected: "a whole number or a map with soft and hard",
        },
      ),
    ),
    group_add: list(text()),
    pid: string({ nullable: true }),
    ipc: string(),
    uts: string(),
    userns_mode: refused(notYet),
    cgroup: refused(notYet),
    cgroup_parent: refused(notYet),
    use_api_socket: refused("giving a container the engine's socket does not work yet"),
    // Resources
    cpus: number({ range: { min: 0 } }),
    cpu_shares: refused(notYet),
    cpu_quota: refused(notYet),
    cpu_period: refused(notYet),
    cpu_rt_period: refused(notYet),
    cpu_rt_runtime: refused(notYet),
    cpu_count: refused(windows),
    cpu_percent: refused(windows),
    cpuset: refused(notYet),
    mem_limit: bytes(),
    mem_reservation: bytes(),
    mem_swappiness: refused(notYet),
    memswap_limit: bytes(),
    pids_limit: integer(),
    oom_kill_disable: refused(notYet),
    oom_score_adj: integer({ range: { min: -1_000, max: 1_000 } }),
    blkio_config: refused(notYet),
    gpus: refused(notYet),
    // Logging and labels
    logging: mapping({ driver: string(), options }, { mergeOnlyWhenSame: "driver" }),
    labels,
    label_file: refused("write the labels under labels"),
    annotations: labels,
  },
  { keepsExtensions: true },
);
