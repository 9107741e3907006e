/** What a version of the fingerprint makes of a value of the model. */
export type Part =
  /** It makes the container what it is. */
  | { readonly kind: "taken"; readonly meaning: Meaning; readonly zero: Zero }
  /** A change of it needs no new container. */
  | { readonly kind: "left" }
  | { readonly kind: "map"; readonly keys: Parts; readonly meaning: Meaning; readonly zero: Zero }
  /** The items of a list, or of a map with names of the user's choice: each is there, also where it says nothing. */
  | { readonly kind: "each"; readonly keys: Parts; readonly meaning: Meaning };

/** By key. What is not there is left, too: it has no effect, or does not work. */
export type Parts = Readonly<Record<string, Part>>;

/** One value for all that mean the same to the container engine; undefined for what means the same as nothing. */
type Meaning = (value: unknown) => unknown;

/** Whether false, zero and what is empty say nothing, as they mostly do, or something that their absence does not. */
type Zero = "none" | "meant";

const asItIs: Meaning = (value) => value;

const taken: Part = { kind: "taken", meaning: asItIs, zero: "none" };
const takenAs = (meaning: Meaning, zero: Zero = "none"): Part => ({ kind: "taken", meaning, zero });
const takenWithZero = takenAs(asItIs, "meant");
/** One value is what the engine, or the Compose Specification, has in the place of none. */
const takenUnless = (usual: unknown, zero: Zero = "none"): Part =>
  takenAs((value) => (value === usual ? undefined : value), zero);
const left: Part = { kind: "left" };
const map = (keys: Parts, meaning = asItIs): Part => ({ kind: "map", keys, meaning, zero: "none" });
const mapWithZero = (keys: Parts): Part => ({ kind: "map", keys, meaning: asItIs, zero: "meant" });
const each = (keys: Parts, meaning = asItIs): Part => ({ kind: "each", keys, meaning });

type Values = Readonly<Record<string, unknown>>;

const ofText =
  (change: (text: string) => unknown): Meaning =>
  (value) =>
    typeof value === "string" ? change(value) : value;
const ofTexts =
  (change: (text: string) => string): Meaning =>
  (value) =>
    Array.isArray(value) ? value.map(ofText(change)) : value;
const ofMap =
  (change: (values: Values) => Values): Meaning =>
  (value) =>
    isMap(value) ? change(value) : value;

/** `net_admin` and `CAP_NET_ADMIN` are one. Source: moby, daemon/pkg/oci/caps, `NormalizeLegacyCapabilities`. */
const capability = (text: string): string => text.toUpperCase().replace(/^CAP_/, "");

/** `term` and `SIGTERM` are one. Source: moby/sys, signal, `ParseSignal`. */
const signal = (text: string): string =>
  /^[a-z][a-z0-9+-]*$/i.test(text) ? `SIG${text.toUpperCase().replace(/^SIG/, "")}` : text;

const exposed = (text: string): string => text.replace(/\/tcp$/, "");

/** A link without an alias has the name for one. */
const link = (text: string): string => (text.includes(":") ? text : `${text}:${text}`);

/** The digits of a mode are octal. */
const mode = takenAs((value) => {
  const bits = typeof value === "string" ? Number.parseInt(value, 8) : value;
  return bits === 0o444 ? undefined : bits;
}, "meant");

/** One number is both limits. */
const limit: Meaning = (value) => (typeof value === "number" ? { soft: value, hard: value } : value);

/** A file has a place: the name of its content in a folder, where none is given. */
function fileIn(folder: string): Meaning {
  return ofMap(({ target, ...file }) => {
    const name = String(target ?? file["source"]);
    return { ...file, target: name.startsWith("/") ? name : folder + name };
  });
}

/** Options of mounts of another type have no effect. */
const mount = ofMap(({ bind, volume, tmpfs, ...common }) => {
  const { type } = common;
  return {
    ...common,
    bind: type === "bind" ? bind : undefined,
    volume: type === "volume" ? volume : undefined,
    tmpfs: type === "tmpfs" ? tmpfs : undefined,
  };
});

/** No check at all, which has two forms. */
const noCheck = ofMap((check) => (check["disable"] === true ? { test: ["NONE"] } : check));

/** `gpus` are devices that can do `gpu`. */
const otherThanGpu: Meaning = (value) => (Array.isArray(value) ? value.filter((item) => item !== "gpu") : value);

const devices = { capabilities: taken, count: taken, device_ids: taken, driver: taken, options: taken };
const blockLimits = each({ path: taken, rate: taken });
const fileKeys = {
  gid: takenUnless("0"),
  mode,
  source: taken,
  target: taken,
  uid: takenUnless("0"),
};

/**
 * What of a service version 1 of the fingerprint takes in, and what it reads there: what makes the engine do the same has one
 * fingerprint, however it is written. It stands for itself, whatever becomes of the key tables: to take a
 * key that services may have already is to recreate the containers of all that have it, and so is to leave one that was
 * taken. That needs a version 2 (`olderRules` in `fingerprint.ts`). A key that did not work until now may be added here: no
 * container has it.
 */
export const serviceV1: Parts = {
  annotations: taken,
  blkio_config: map({
    device_read_bps: blockLimits,
    device_read_iops: blockLimits,
    device_write_bps: blockLimits,
    device_write_iops: blockLimits,
    weight: taken,
    weight_device: each({ path: taken, weight: taken }),
  }),
  cap_add: takenAs(ofTexts(capability)),
  cap_drop: takenAs(ofTexts(capability)),
  cgroup: taken,
  cgroup_parent: taken,
  command: taken,
  configs: each(fileKeys, fileIn("/")),
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
        devices: each(devices),
        memory: taken,
      }),
    }),
    restart_policy: mapWithZero({ condition: taken, max_attempts: taken }),
    rollback_config: left,
    update_config: left,
  }),
  device_cgroup_rules: taken,
  devices: each({ permissions: takenUnless("rwm"), source: taken, target: taken }),
  dns: taken,
  dns_opt: taken,
  dns_search: taken,
  domainname: taken,
  /** An empty one takes the place of the image's. */
  entrypoint: takenWithZero,
  env_file: each({ format: taken, path: taken, required: taken }),
  environment: taken,
  expose: takenAs(ofTexts(exposed)),
  /** It is gone from what is loaded. */
  extends: left,
  external_links: takenAs(ofTexts(link)),
  extra_hosts: taken,
  gpus: each({ ...devices, capabilities: takenAs(otherThanGpu) }),
  group_add: taken,
  healthcheck: map(
    {
      disable: left,
      interval: taken,
      retries: taken,
      start_interval: taken,
      start_period: taken,
      test: taken,
      timeout: taken,
    },
    noCheck,
  ),
  hostname: taken,
  image: taken,
  /** Without one, it is as the engine is set. */
  init: takenWithZero,
  ipc: taken,
  label_file: taken,
  labels: taken,
  links: takenAs(ofTexts(link)),
  logging: map({ driver: taken, options: taken }),
  mac_address: taken,
  mem_limit: taken,
  mem_reservation: taken,
  memswap_limit: taken,
  network_mode: takenWithZero,
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
  ports: each({ host_ip: taken, mode: left, protocol: taken, published: taken, target: taken }),
  privileged: taken,
  profiles: left,
  pull_policy: left,
  read_only: taken,
  restart: taken,
  runtime: taken,
  scale: left,
  secrets: each(fileKeys, fileIn("/run/secrets/")),
  security_opt: taken,
  shm_size: taken,
  stdin_open: taken,
  stop_grace_period: taken,
  stop_signal: takenAs(ofText(signal)),
  storage_opt: taken,
  sysctls: taken,
  tmpfs: taken,
  tty: taken,
  ulimits: each({ hard: takenWithZero, soft: takenWithZero }, limit),
  user: taken,
  userns_mode: taken,
  uts: taken,
  volumes: each(
    {
      bind: map({
        create_host_path: takenUnless(true, "meant"),
        propagation: taken,
        recursive: takenUnless("enabled"),
        selinux: taken,
      }),
      read_only: taken,
      source: taken,
      target: taken,
      tmpfs: map({ mode: taken, size: taken }),
      type: taken,
      volume: map({ labels: taken, nocopy: taken, subpath: taken }),
    },
    mount,
  ),
  volumes_from: taken,
  working_dir: taken,
};

/** What of a network version 1 takes in, as `serviceV1` does. */
export const networkV1: Parts = {
  attachable: taken,
  driver: takenUnless("bridge"),
  driver_opts: taken,
  /** Without them, it is as the engine is set. */
  enable_ipv4: takenWithZero,
  enable_ipv6: takenWithZero,
  /** What is external has its own parts. */
  external: left,
  internal: taken,
  ipam: map({
    config: each({ aux_addresses: taken, gateway: taken, ip_range: taken, subnet: taken }),
    driver: takenUnless("default"),
    options: taken,
  }),
  labels: taken,
  name: taken,
};

/** What of a volume version 1 takes in, as `serviceV1` does. */
export const volumeV1: Parts = {
  driver: takenUnless("local"),
  driver_opts: taken,
  external: left,
  labels: taken,
  name: taken,
};

/** What of an external network or volume version 1 takes in: it is whatever it is. */
export const externalV1: Parts = { external: taken, name: taken };

function isMap(value: unknown): value is Values {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
