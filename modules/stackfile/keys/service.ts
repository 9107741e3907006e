import {
  allDevices,
  dependencies,
  deviceLongForm,
  deviceTarget,
  envFilePath,
  fileTarget,
  listOfOne,
  networkNames,
  oneOrMore,
  sameText,
  stringAs,
} from "../forms/collections.ts";
import { mountIdentity } from "../forms/mounts.ts";
import { expandPort, exposedPort, portIdentity } from "../forms/ports.ts";
import { build } from "./build.ts";
import {
  command,
  distinctStrings,
  fileReference,
  healthCommand,
  labels,
  mergedStrings,
  namedStrings,
  namePattern,
  options,
  secretReference,
  ulimits,
  variables,
} from "./common.ts";
import { deploy, deviceRequest } from "./deploy.ts";
import {
  absolutePath,
  blockWeights,
  capability,
  devicePath,
  deviceRule,
  deviceWeights,
  enoughMemory,
  enoughQuota,
  groupName,
  hardwareAddress,
  hostName,
  intervalOfNoPeriod,
  ipAddress,
  ipv4Address,
  ipv6Address,
  limitName,
  nameServer,
  notNegative,
  inMemory,
  platform,
  possiblePeriod,
  probeTime,
  processors,
  retries,
  serviceClashes,
  signal,
  storageOption,
  storageSize,
  containersOwnSetting,
} from "./engine.ts";
import { develop, preStartHook, serviceHook } from "./hooks.ts";
import { mount, port } from "./mounts.ts";
import {
  accepted,
  boolean,
  bytes,
  dictionary,
  duration,
  hosts,
  impossibleBeside,
  inPlace,
  integer,
  list,
  mapping,
  oneOf,
  refused,
  single,
  strictBoolean,
  strictNumber,
  string,
  stringOrInteger,
  text,
  unsigned,
  unsignedNumber,
  wholeBytes,
  wholeNumber,
} from "../shapes/shape.ts";

const noBuilds = {
  reason: "images are not built here",
  instead:
    "build it elsewhere and name it with image: from a registry, or from an archive (docker save, imageArchives)",
};
const noRefresh = { reason: "images are not pulled by their age", instead: "write always or missing" };
/** Source: https://docs.kernel.org/admin-guide/cgroup-v2.html, "Memory". */
const notInVersion2 = "version 2 of control groups, which hosts have, has no such setting";
const windows = "it is for Windows containers";
const noNetworks = {
  reason: "it is about networks, and network_mode takes their place",
  instead: "name networks in place of network_mode",
};
const gpusExpected = 'a list of devices or "all"';

const dependency = mapping(
  {
    condition: oneOf("service_started", "service_healthy", "service_completed_successfully"),
    required: strictBoolean({ cast: true, keepsZero: true }),
    restart: boolean({ cast: true }),
  },
  { required: ["condition"] },
);

const healthcheck = mapping(
  {
    test: healthCommand,
    interval: duration({ keepsZero: true, runs: probeTime }),
    timeout: duration({ keepsZero: true, runs: probeTime }),
    retries: unsignedNumber({ cast: true, keepsZero: true }),
    start_period: duration({ keepsZero: true, runs: probeTime }),
    start_interval: duration({ keepsZero: true, runs: probeTime }),
    disable: boolean({ cast: true }),
  },
  { clashes: [intervalOfNoPeriod] },
);

const attachment = mapping(
  {
    aliases: namedStrings,
    ipv4_address: string({ runs: ipv4Address }),
    ipv6_address: string({ runs: ipv6Address }),
    link_local_ips: { ...namedStrings, of: string({ keepsZero: true, runs: ipAddress }) },
    mac_address: string({ runs: hardwareAddress }),
    driver_opts: options,
    priority: strictNumber(),
    gw_priority: strictNumber(),
    interface_name: string(),
  },
  { or: ["null"] },
);

const envFile = mapping(
  { path: string({ path: "file" }), required: boolean({ keepsZero: true, optOut: true }), format: string() },
  {
    or: ["string"],
    longForm: stringAs("path"),
    passes: "everything",
    required: ["path"],
    defaults: { required: true },
    closed: true,
    expected: "a path or a map",
  },
);

/** Compose keeps what is not given as nothing. */
const blockLimit = mapping(
  { path: string({ keepsZero: true, runs: devicePath }), rate: wholeBytes({ keepsZero: true, runs: notNegative }) },
  { closed: true, unset: { path: "", rate: 0 } },
);
const blockWeight = mapping(
  { path: string({ keepsZero: true, runs: devicePath }), weight: unsigned({ keepsZero: true, runs: deviceWeights }) },
  { closed: true, unset: { path: "", weight: 0 } },
);

const optionValue = text({ accepts: ["string", "number", "boolean"], keepsZero: true });
const providerOption = list(optionValue, { or: ["string", "number", "boolean"], split: listOfOne });

const device = mapping(
  {
    source: string(),
    target: string(),
    permissions: string({ runs: { pattern: { matches: /^[rwm]+$/, expected: "letters of rwm" } } }),
  },
  {
    or: ["string"],
    longForm: deviceLongForm,
    required: ["source", "target"],
    parsed: true,
    expected: 'a device such as "/dev/ttyUSB0"',
  },
);

/** The engine takes a profile, not its file; whoever loads the stack file may not have it. */
const securityOption = string({
  keepsZero: true,
  runs: {
    refused: {
      "seccomp=FILE": {
        matches: /^seccomp[=:](?!(?:unconfined|builtin)$)/,
        reason: "profiles are not read from files",
        instead: "write seccomp=builtin for the engine's own profile, or seccomp=unconfined for none",
      },
    },
    pattern: {
      matches:
        /^(?:no-new-privileges(?:[=:](?:[tT]|TRUE|[tT]rue|1|[fF]|FALSE|[fF]alse|0))?$|systempaths=unconfined$|(?:seccomp|apparmor|label|writable-cgroups)[=:])/,
      expected: "no-new-privileges, or seccomp, apparmor or label with =VALUE",
      words: ["no-new-privileges", "seccomp=unconfined", "apparmor=unconfined", "systempaths=unconfined"],
    },
  },
});

/** `services.*` */
export const service = mapping(
  {
    // Image and process
    image: string(),
    build: {
      shape: build,
      state: "depends",
      on: "image",
      beside: { state: "accepted", note: "the image is taken from the host or its registry, and not built" },
      alone: { state: "refused", ...noBuilds },
    },
    command,
    entrypoint: command,
    environment: variables,
    env_file: list(envFile, {
      or: ["string"],
      longForm: oneOrMore,
      identity: envFilePath,
      merge: "pairs",
      expected: "a path or a list of paths",
    }),
    working_dir: string({ runs: absolutePath }),
    user: string(),
    init: boolean({ cast: true, keepsZero: true }),
    tty: boolean({ cast: true }),
    stdin_open: boolean({ cast: true }),
    platform: string({ runs: platform }),
    pull_policy: inPlace(
      string({
        pattern: {
          matches: /always|never|build|if_not_present|missing|refresh|daily|weekly|every_(?:[0-9]+[wdhms])+/,
          expected: "always, missing, if_not_present or never",
          words: ["always", "never", "missing", "if_not_present"],
        },
        runs: {
          values: ["always", "missing", "if_not_present", "never"],
          refused: {
            build: noBuilds,
            refresh: noRefresh,
            daily: noRefresh,
            weekly: noRefresh,
            "every_<duration>": { ...noRefresh, matches: /every_(?:[0-9]+[wdhms])+/ },
          },
        },
      }),
    ),
    pull_refresh_after: refused(string(), noRefresh.reason, "write pull_policy: always or missing"),
    runtime: string(),
    isolation: refused(string(), windows, "remove the line"),
    credential_spec: refused(
      mapping({ config: string(), file: string(), registry: string() }),
      windows,
      "give credentials as secrets",
    ),
    provider: refused(
      mapping({ type: string(), options: dictionary(providerOption) }, { required: ["type"] }),
      "nothing runs outside the app's host",
      "run it as a service with an image, or give its address in environment",
    ),
    models: refused(
      dictionary(mapping({ endpoint_var: string(), model_var: string() }, { or: ["null"] }), {
        asList: "names",
        merge: "names",
        longForm: networkNames,
        passes: "scalars",
      }),
      "there is no model runner on the host",
      "run a model server as a service with an image, and give its address in environment",
    ),
    // What it extends is gone when it is extended.
    extends: mapping(
      { service: string(), file: string({ path: "file" }) },
      { or: ["string"], longForm: stringAs("service"), required: ["service"], closed: true },
    ),
    develop: accepted(develop, "it is what docker compose watch reads, and up does not"),
    // Lifecycle
    restart: string({ runs: { pattern: retries } }),
    depends_on: inPlace(
      dictionary(dependency, {
        asList: "names",
        longForm: dependencies,
        merge: "names",
        names: namePattern,
        expected: "a map or a list of services",
      }),
    ),
    healthcheck,
    stop_grace_period: duration({ keepsZero: true, runs: notNegative }),
    stop_signal: string({ runs: signal }),
    container_name: string({
      pattern: { matches: /[a-zA-Z0-9][a-zA-Z0-9_.-]+/, expected: "two or more letters, digits, '_', '.' and '-'" },
      runs: {
        pattern: { matches: /^[a-zA-Z0-9][a-zA-Z0-9_.-]+$/, expected: "two or more letters, digits, '_', '.' and '-'" },
      },
    }),
    scale: inPlace(integer({ cast: true, keepsZero: true })),
    deploy,
    profiles: inPlace(namedStrings),
    attach: accepted(boolean({ keepsZero: true }), "logs are shown on request, `up` attaches to nothing"),
    pre_start: refused(
      list(preStartHook),
      "no hooks are run",
      "make it a service, and wait for it: depends_on with condition: service_completed_successfully",
    ),
    post_start: refused(
      list(serviceHook),
      "no hooks are run",
      "do it in the entrypoint, or in a service of its own that depends_on this one",
    ),
    pre_stop: refused(
      list(serviceHook),
      "no hooks are run",
      "let the program do it when it gets its stop_signal, within stop_grace_period",
    ),
    // Network
    ports: list(port, { expand: expandPort, identity: portIdentity, distinct: true }),
    expose: list(text({ accepts: ["string", "number"], keepsZero: true, runs: { pattern: exposedPort } }), {
      identity: sameText,
      distinct: true,
    }),
    networks: dictionary(attachment, {
      asList: "names",
      merge: "names",
      longForm: networkNames,
      passes: "scalars",
      names: namePattern,
      expected: "a map or a list of networks",
    }),
    network_mode: string({
      keepsZero: true,
      runs: { refused: { disabled: { reason: "the engine has no such mode", instead: "write none" } } },
    }),
    hostname: string({ runs: hostName }),
    domainname: string(),
    extra_hosts: hosts,
    dns: {
      ...mergedStrings,
      of: string({ keepsZero: true, runs: nameServer }),
      longForm: oneOrMore,
      passes: "everything",
      dropsEmpty: true,
    },
    dns_search: mergedStrings,
    dns_opt: { ...namedStrings, merge: "pairs" },
    links: impossibleBeside("network_mode", namedStrings, noNetworks),
    external_links: impossibleBeside("network_mode", distinctStrings, noNetworks),
    mac_address: impossibleBeside("network_mode", string({ runs: hardwareAddress }), noNetworks),
    // Storage
    volumes: list(mount, { identity: mountIdentity, distinct: true }),
    volumes_from: distinctStrings,
    tmpfs: { ...mergedStrings, of: string({ keepsZero: true, runs: inMemory }) },
    shm_size: bytes({ runs: notNegative }),
    read_only: boolean({ cast: true }),
    storage_opt: dictionary(
      string({
        accepts: ["string", "number", "boolean"],
        or: ["null"],
        nullAs: "empty",
        keepsZero: true,
        unchecked: true,
        runs: storageSize,
      }),
      { runs: { names: storageOption } },
    ),
    configs: list(fileReference, { identity: fileTarget("") }),
    secrets: list(secretReference, { identity: fileTarget("/run/secrets") }),
    // Security and kernel
    cap_add: { ...namedStrings, of: string({ keepsZero: true, runs: capability }) },
    cap_drop: { ...namedStrings, of: string({ keepsZero: true, runs: capability }) },
    security_opt: list(securityOption, { distinct: true }),
    privileged: boolean({ cast: true }),
    devices: list(device, { identity: deviceTarget }),
    device_cgroup_rules: { ...distinctStrings, of: string({ keepsZero: true, runs: deviceRule }) },
    sysctls: { ...labels, runs: { names: containersOwnSetting } },
    ulimits: { ...ulimits, runs: { names: limitName } },
    group_add: list(stringOrInteger({ accepts: ["string", "number"], keepsZero: true, runs: groupName }), {
      distinct: true,
    }),
    pid: string({
      or: ["null"],
      runs: {
        pattern: { matches: /^(?:host|(?:service|container):.+)$/, expected: "host, service:NAME or container:NAME" },
      },
    }),
    ipc: string({
      runs: {
        pattern: {
          matches: /^(?:none|private|shareable|host|(?:service|container):.+)$/,
          expected: "none, private, shareable, host, service:NAME or container:NAME",
          words: ["none", "private", "shareable", "host"],
        },
      },
    }),
    uts: string({ runs: { values: ["host"] } }),
    userns_mode: string({ runs: { values: ["host"] } }),
    cgroup: oneOf("host", "private"),
    cgroup_parent: string(),
    use_api_socket: refused(
      strictBoolean(),
      "the credentials that come with it are not on the host",
      'mount the socket: volumes: ["/var/run/docker.sock:/var/run/docker.sock"]',
    ),
    // Resources
    cpus: single({ cast: true, runs: notNegative }),
    cpu_shares: wholeNumber({ cast: true, runs: notNegative }),
    cpu_quota: wholeNumber({ cast: true, runs: enoughQuota }),
    cpu_period: wholeNumber({ cast: true, runs: possiblePeriod }),
    cpu_rt_period: wholeNumber({ cast: true }),
    cpu_rt_runtime: wholeNumber({ cast: true }),
    cpu_count: refused(integer({ cast: true, range: { min: 0 } }), windows, "write cpus"),
    cpu_percent: refused(
      single({ accepts: ["integer", "string"], cast: true, range: { min: 0, max: 100 } }),
      windows,
      "write cpus",
    ),
    cpuset: string({ runs: processors }),
    mem_limit: bytes({ runs: enoughMemory }),
    mem_reservation: wholeBytes({ runs: enoughMemory }),
    mem_swappiness: accepted(wholeBytes(), notInVersion2),
    memswap_limit: bytes(),
    pids_limit: wholeNumber({ cast: true }),
    oom_kill_disable: accepted(boolean({ cast: true }), notInVersion2),
    oom_score_adj: integer({ cast: true, range: { min: -1_000, max: 1_000 } }),
    blkio_config: mapping(
      {
        weight: unsigned({ runs: blockWeights }),
        weight_device: list(blockWeight),
        device_read_bps: list(blockLimit),
        device_read_iops: list(blockLimit),
        device_write_bps: list(blockLimit),
        device_write_iops: list(blockLimit),
      },
      { closed: true },
    ),
    gpus: list(
      { ...deviceRequest, required: [], open: true },
      { or: ["string"], words: ["all"], longForm: allDevices, expected: gpusExpected },
    ),
    // Logging and labels
    logging: mapping(
      {
        driver: string(),
        options: dictionary(text({ accepts: ["string", "number", "null"], nullAs: "empty", keepsZero: true })),
      },
      { merge: "same-driver" },
    ),
    labels,
    label_file: list(string({ keepsZero: true, path: "file" }), {
      or: ["string"],
      longForm: oneOrMore,
      passes: "everything",
      merge: "pairs",
      expected: "a path or a list of paths",
    }),
    annotations: labels,
  },
  {
    keepsExtensions: true,
    unset: { command: null, entrypoint: null },
    clashes: serviceClashes,
  },
);
