/** Bodies of Docker Engine's API, as far as we send them. Source: https://docs.docker.com/reference/api/engine/version/v1.51 */

export interface ContainerBody {
  Image: string;
  Labels: Readonly<Record<string, string>>;
  Env: readonly string[];
  Cmd?: readonly string[];
  Entrypoint?: readonly string[];
  WorkingDir?: string;
  User?: string;
  Tty?: boolean;
  OpenStdin?: boolean;
  Hostname?: string;
  Domainname?: string;
  StopSignal?: string;
  /** Seconds. */
  StopTimeout?: number;
  ExposedPorts?: Readonly<Record<string, object>>;
  Healthcheck?: HealthcheckBody;
  MacAddress?: string;
  HostConfig: HostConfigBody;
  NetworkingConfig: { EndpointsConfig: Readonly<Record<string, EndpointBody>> };
}

export interface HealthcheckBody {
  Test?: readonly string[];
  /** Durations in nanoseconds. */
  Interval?: number;
  Timeout?: number;
  StartPeriod?: number;
  StartInterval?: number;
  Retries?: number;
}

export interface HostConfigBody {
  NetworkMode: string;
  PortBindings?: Readonly<Record<string, readonly { HostIp: string; HostPort: string }[]>>;
  Binds?: readonly string[];
  Mounts?: readonly MountBody[];
  Tmpfs?: Readonly<Record<string, string>>;
  VolumesFrom?: readonly string[];
  RestartPolicy?: { Name: string; MaximumRetryCount?: number };
  Init?: boolean;
  ReadonlyRootfs?: boolean;
  Privileged?: boolean;
  CapAdd?: readonly string[];
  CapDrop?: readonly string[];
  SecurityOpt?: readonly string[];
  /** Paths of /proc and /sys that are hidden or read-only; none where the lists are empty, the engine's own without them. */
  MaskedPaths?: readonly string[];
  ReadonlyPaths?: readonly string[];
  Devices?: readonly { PathOnHost: string; PathInContainer: string; CgroupPermissions: string }[];
  Sysctls?: Readonly<Record<string, string>>;
  Ulimits?: readonly { Name: string; Soft: number; Hard: number }[];
  GroupAdd?: readonly string[];
  PidMode?: string;
  IpcMode?: string;
  UTSMode?: string;
  ExtraHosts?: readonly string[];
  Dns?: readonly string[];
  DnsSearch?: readonly string[];
  DnsOptions?: readonly string[];
  LogConfig?: { Type?: string; Config?: Readonly<Record<string, string>> };
  ShmSize?: number;
  NanoCpus?: number;
  Memory?: number;
  MemoryReservation?: number;
  MemorySwap?: number;
  PidsLimit?: number;
  OomScoreAdj?: number;
  CpuShares?: number;
  CpuQuota?: number;
  CpuPeriod?: number;
  CpuRealtimePeriod?: number;
  CpuRealtimeRuntime?: number;
  CpusetCpus?: string;
  BlkioWeight?: number;
  BlkioWeightDevice?: readonly { Path: string; Weight: number }[];
  BlkioDeviceReadBps?: readonly BlockRate[];
  BlkioDeviceWriteBps?: readonly BlockRate[];
  BlkioDeviceReadIOps?: readonly BlockRate[];
  BlkioDeviceWriteIOps?: readonly BlockRate[];
  CgroupParent?: string;
  CgroupnsMode?: string;
  DeviceCgroupRules?: readonly string[];
  UsernsMode?: string;
  StorageOpt?: Readonly<Record<string, string>>;
  Runtime?: string;
  Annotations?: Readonly<Record<string, string>>;
  DeviceRequests?: readonly DeviceRequestBody[];
}

export interface DeviceRequestBody {
  Driver?: string;
  /** -1: all of them. */
  Count?: number;
  DeviceIDs?: readonly string[];
  /** One of these lists has to be met in full. */
  Capabilities?: readonly (readonly string[])[];
  Options?: Readonly<Record<string, string>>;
}

/** Bytes or operations a second of a block device. */
export interface BlockRate {
  Path: string;
  Rate: number;
}

export interface MountBody {
  Type: "bind" | "volume" | "tmpfs";
  Source?: string;
  Target: string;
  ReadOnly?: boolean;
  Consistency?: string;
  BindOptions?: {
    Propagation?: string;
    CreateMountpoint?: boolean;
    NonRecursive?: boolean;
    ReadOnlyNonRecursive?: boolean;
    ReadOnlyForceRecursive?: boolean;
  };
  VolumeOptions?: { NoCopy?: boolean; Subpath?: string; Labels?: Readonly<Record<string, string>> };
  TmpfsOptions?: { SizeBytes?: number; Mode?: number };
}

export interface EndpointBody {
  Aliases?: readonly string[];
  /** `NAME:ALIAS`: another name for what the network knows by that name. */
  Links?: readonly string[];
  IPAMConfig?: { IPv4Address?: string; IPv6Address?: string; LinkLocalIPs?: readonly string[] };
  DriverOpts?: Readonly<Record<string, string>>;
  MacAddress?: string;
  GwPriority?: number;
}

/** Leaves out what is undefined, so that a body holds only what was asked for. */
export function defined<T extends object>(fields: { [K in keyof T]: T[K] | undefined }): T {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as T;
}
