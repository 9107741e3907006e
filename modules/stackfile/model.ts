import * as z from "zod";

/**
 * The model: a stack file after loading, in Compose's canonical long forms, as `docker compose config --format json` prints
 * them. Durations are Go duration strings (`1m30s`), byte counts are decimal strings or numbers, ports are one entry a port.
 * Source: https://github.com/compose-spec/compose-spec/blob/main/spec.md
 */
const stringMap = z.record(z.string(), z.string());
const bytes = z.union([z.string(), z.number()]);

/** A map that keeps the keys of one's own, `x-`. Any other key is one of a newer Stackhouse, and means something. */
function withExtensions<Shape extends z.ZodRawShape>(shape: Shape) {
  return z
    .strictObject(shape)
    .catchall(z.unknown())
    .check(({ value, issues }) => {
      const keys = Object.keys(value).filter((key) => !Object.hasOwn(shape, key) && !key.startsWith("x-"));
      if (keys.length > 0) issues.push({ code: "unrecognized_keys", keys, input: value });
    });
}

export const dependencySchema = z.strictObject({
  condition: z.enum(["service_started", "service_healthy", "service_completed_successfully"]),
  required: z.boolean(),
  restart: z.boolean().optional(),
});

export const healthcheckSchema = z.strictObject({
  test: z.array(z.string()).optional(),
  interval: z.string().optional(),
  timeout: z.string().optional(),
  retries: z.number().int().optional(),
  start_period: z.string().optional(),
  start_interval: z.string().optional(),
  disable: z.boolean().optional(),
});

export const portSchema = z.strictObject({
  mode: z.enum(["ingress", "host"]),
  target: z.number().int().min(1).max(65535),
  /** Host port or range; absent: the engine chooses one. */
  published: z.string().optional(),
  protocol: z.enum(["tcp", "udp"]),
  host_ip: z.string().optional(),
  name: z.string().optional(),
  app_protocol: z.string().optional(),
});

export const mountSchema = z.strictObject({
  type: z.enum(["bind", "volume", "tmpfs"]),
  source: z.string().optional(),
  target: z.string(),
  read_only: z.boolean().optional(),
  consistency: z.string().optional(),
  bind: z
    .strictObject({
      propagation: z.string().optional(),
      create_host_path: z.boolean().optional(),
      selinux: z.string().optional(),
      recursive: z.enum(["enabled", "disabled", "writable", "readonly"]).optional(),
    })
    .optional(),
  volume: z
    .strictObject({ nocopy: z.boolean().optional(), subpath: z.string().optional(), labels: stringMap.optional() })
    .optional(),
  tmpfs: z.strictObject({ size: bytes.optional(), mode: z.number().int().optional() }).optional(),
});

/** How a service uses a config or a secret. */
export const fileReferenceSchema = z.strictObject({
  source: z.string(),
  target: z.string().optional(),
  uid: z.string().optional(),
  gid: z.string().optional(),
  /** Octal digits: `0440`. */
  mode: z.union([z.string(), z.number()]).optional(),
});

export const updateConfigSchema = z.strictObject({
  parallelism: z.number().int().optional(),
  delay: z.string().optional(),
  failure_action: z.enum(["continue", "pause", "rollback"]).optional(),
  monitor: z.string().optional(),
  max_failure_ratio: z.number().optional(),
  order: z.enum(["start-first", "stop-first"]).optional(),
});

/** Devices that a driver of the engine hands out, as GPUs. */
export const deviceRequestSchema = z.strictObject({
  capabilities: z.array(z.string()).optional(),
  /** -1: all of them. */
  count: z.number().int().optional(),
  device_ids: z.array(z.string()).optional(),
  driver: z.string().optional(),
  options: stringMap.optional(),
});

const resourceLimits = z.strictObject({
  cpus: z.number().optional(),
  memory: bytes.optional(),
  pids: z.number().int().optional(),
});

export const deploySchema = z.strictObject({
  mode: z.enum(["replicated", "global"]).optional(),
  replicas: z.number().int().min(0).optional(),
  labels: stringMap.optional(),
  resources: z
    .strictObject({
      limits: resourceLimits.optional(),
      reservations: z
        .strictObject({
          cpus: z.number().optional(),
          memory: bytes.optional(),
          devices: z.array(deviceRequestSchema).optional(),
        })
        .optional(),
    })
    .optional(),
  restart_policy: z
    .strictObject({
      condition: z.string().optional(),
      delay: z.string().optional(),
      max_attempts: z.number().int().optional(),
      window: z.string().optional(),
    })
    .optional(),
  /** Kept as written; an app lives on one host, so it has no effect. */
  placement: z
    .strictObject({
      preferences: z.array(z.strictObject({ spread: z.string().optional() })).optional(),
    })
    .optional(),
  endpoint_mode: z.string().optional(),
  update_config: updateConfigSchema.optional(),
  rollback_config: updateConfigSchema.optional(),
});

export const networkAttachmentSchema = z
  .strictObject({
    aliases: z.array(z.string()).optional(),
    ipv4_address: z.string().optional(),
    ipv6_address: z.string().optional(),
    mac_address: z.string().optional(),
    priority: z.number().optional(),
    gw_priority: z.number().optional(),
    link_local_ips: z.array(z.string()).optional(),
    driver_opts: stringMap.optional(),
    interface_name: z.string().optional(),
  })
  .nullable();

const blockLimits = z.array(z.strictObject({ path: z.string().optional(), rate: bytes.optional() })).optional();

export const blockIoSchema = z.strictObject({
  weight: z.number().int().optional(),
  weight_device: z
    .array(z.strictObject({ path: z.string().optional(), weight: z.number().int().optional() }))
    .optional(),
  device_read_bps: blockLimits,
  device_read_iops: blockLimits,
  device_write_bps: blockLimits,
  device_write_iops: blockLimits,
});

export const serviceSchema = withExtensions({
  image: z.string().optional(),
  command: z.array(z.string()).nullable(),
  entrypoint: z.array(z.string()).nullable(),
  /** Env files are already merged in. `null`: unset, which removes what the image defines. */
  environment: z.record(z.string(), z.string().nullable()).optional(),
  working_dir: z.string().optional(),
  user: z.string().optional(),
  init: z.boolean().optional(),
  tty: z.boolean().optional(),
  stdin_open: z.boolean().optional(),
  platform: z.string().optional(),
  pull_policy: z.string().optional(),
  restart: z.string().optional(),
  depends_on: z.record(z.string(), dependencySchema).optional(),
  healthcheck: healthcheckSchema.optional(),
  stop_grace_period: z.string().optional(),
  stop_signal: z.string().optional(),
  container_name: z.string().optional(),
  scale: z.number().int().min(0).optional(),
  deploy: deploySchema.optional(),
  ports: z.array(portSchema).optional(),
  expose: z.array(z.string()).optional(),
  networks: z.record(z.string(), networkAttachmentSchema).optional(),
  network_mode: z.string().optional(),
  /** `SERVICE` or `SERVICE:ALIAS`. */
  links: z.array(z.string()).optional(),
  /** `CONTAINER` or `CONTAINER:ALIAS`. */
  external_links: z.array(z.string()).optional(),
  mac_address: z.string().optional(),
  hostname: z.string().optional(),
  domainname: z.string().optional(),
  extra_hosts: z.array(z.string()).optional(),
  dns: z.array(z.string()).optional(),
  dns_search: z.array(z.string()).optional(),
  dns_opt: z.array(z.string()).optional(),
  volumes: z.array(mountSchema).optional(),
  /** `SERVICE[:ro]` or `container:NAME[:ro]`. */
  volumes_from: z.array(z.string()).optional(),
  tmpfs: z.array(z.string()).optional(),
  shm_size: bytes.optional(),
  read_only: z.boolean().optional(),
  cap_add: z.array(z.string()).optional(),
  cap_drop: z.array(z.string()).optional(),
  security_opt: z.array(z.string()).optional(),
  privileged: z.boolean().optional(),
  devices: z
    .array(z.strictObject({ source: z.string(), target: z.string(), permissions: z.string().optional() }))
    .optional(),
  sysctls: stringMap.optional(),
  ulimits: z
    .record(z.string(), z.union([z.number().int(), z.strictObject({ soft: z.number().int(), hard: z.number().int() })]))
    .optional(),
  group_add: z.array(z.string()).optional(),
  pid: z.string().optional(),
  ipc: z.string().optional(),
  uts: z.string().optional(),
  gpus: z.array(deviceRequestSchema).optional(),
  cpus: z.number().optional(),
  mem_limit: bytes.optional(),
  mem_reservation: bytes.optional(),
  memswap_limit: bytes.optional(),
  pids_limit: z.number().int().optional(),
  oom_score_adj: z.number().int().optional(),
  oom_kill_disable: z.boolean().optional(),
  cpu_shares: z.number().int().optional(),
  cpu_quota: z.number().int().optional(),
  cpu_period: z.number().int().optional(),
  cpu_rt_period: z.number().int().optional(),
  cpu_rt_runtime: z.number().int().optional(),
  cpuset: z.string().optional(),
  mem_swappiness: bytes.optional(),
  blkio_config: blockIoSchema.optional(),
  cgroup: z.enum(["host", "private"]).optional(),
  cgroup_parent: z.string().optional(),
  device_cgroup_rules: z.array(z.string()).optional(),
  userns_mode: z.string().optional(),
  storage_opt: stringMap.optional(),
  runtime: z.string().optional(),
  logging: z.strictObject({ driver: z.string().optional(), options: stringMap.optional() }).optional(),
  labels: stringMap.optional(),
  annotations: stringMap.optional(),
  configs: z.array(fileReferenceSchema).optional(),
  secrets: z.array(fileReferenceSchema).optional(),
  profiles: z.array(z.string()).optional(),
  attach: z.boolean().optional(),
  /** Kept as written: neither has an effect beside an image. */
  build: z.unknown().optional(),
  develop: z.unknown().optional(),
});

export const networkSchema = withExtensions({
  name: z.string(),
  driver: z.string().optional(),
  driver_opts: stringMap.optional(),
  external: z.boolean().optional(),
  internal: z.boolean().optional(),
  attachable: z.boolean().optional(),
  enable_ipv4: z.boolean().optional(),
  enable_ipv6: z.boolean().optional(),
  labels: stringMap.optional(),
  ipam: z
    .strictObject({
      driver: z.string().optional(),
      options: stringMap.optional(),
      config: z
        .array(
          z.strictObject({
            subnet: z.string().optional(),
            gateway: z.string().optional(),
            ip_range: z.string().optional(),
            aux_addresses: stringMap.optional(),
          }),
        )
        .optional(),
    })
    .optional(),
});

export const volumeSchema = withExtensions({
  name: z.string(),
  driver: z.string().optional(),
  driver_opts: stringMap.optional(),
  external: z.boolean().optional(),
  labels: stringMap.optional(),
});

/** A config or secret: exactly one of `file` and `environment` (configs: or `content`). */
export const fileSourceSchema = withExtensions({
  name: z.string().optional(),
  file: z.string().optional(),
  environment: z.string().optional(),
  content: z.string().optional(),
  external: z.boolean().optional(),
  labels: stringMap.optional(),
});

export const modelSchema = withExtensions({
  /** The app's name. */
  name: z.string().regex(/^[a-z0-9][a-z0-9_-]*$/),
  services: z.record(z.string(), serviceSchema),
  networks: z.record(z.string(), networkSchema).optional(),
  volumes: z.record(z.string(), volumeSchema).optional(),
  configs: z.record(z.string(), fileSourceSchema).optional(),
  secrets: z.record(z.string(), fileSourceSchema).optional(),
});

export type Model = z.infer<typeof modelSchema>;
export type Service = z.infer<typeof serviceSchema>;
export type Dependency = z.infer<typeof dependencySchema>;
export type Port = z.infer<typeof portSchema>;
export type DeviceRequest = z.infer<typeof deviceRequestSchema>;
export type Mount = z.infer<typeof mountSchema>;
export type Network = z.infer<typeof networkSchema>;
export type Volume = z.infer<typeof volumeSchema>;
export type FileSource = z.infer<typeof fileSourceSchema>;
export type FileReference = z.infer<typeof fileReferenceSchema>;
