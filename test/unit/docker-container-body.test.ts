import { describe, expect, it } from "@jest/globals";
import { containerBody } from "../../host-agent/runtime/docker/container-body.ts";
import type { BodyContext } from "../../host-agent/runtime/docker/context.ts";
import { anonymousVolumeLabels, anonymousVolumeName } from "../../host-agent/runtime/anonymous-volumes.ts";
import type { ContainerSpec } from "../../host-agent/runtime/port.ts";
import type { Service } from "../../modules/stackfile/model.ts";

const newest = 51;
/** Docker Engine 20.10. */
const oldest = 41;

/** What of the create call comes from the service alone: no labels, no networks, no empty lists. */
function bodyOf(
  service: Partial<Service>,
  context: Partial<Pick<BodyContext, "api" | "files" | "imageVolumes">> & { contents?: ContainerSpec["files"] } = {},
) {
  const { api = newest, files = [], imageVolumes = [], contents = [] } = context;
  const spec: ContainerSpec = {
    app: "shop",
    service: "web",
    number: 2,
    name: "shop-web-2",
    fingerprint: "v1:sha256:1",
    release: "r1",
    networks: { default: "shop_default", back: "shop_back" },
    volumes: { data: "shop_data" },
    owners: { app: "id-of-app", db: "id-of-db", api: "id-of-api" },
    files: contents,
    definition: { image: "nginx:1.27", command: null, entrypoint: null, ...service },
  };
  const { body } = containerBody(spec, { api, files, imageVolumes });
  const fromService = without(body, ["Labels", "Image", "NetworkingConfig"]);
  return { ...fromService, HostConfig: without(body.HostConfig, ["NetworkMode"]) };
}

function without(fields: object, keys: readonly string[]): object {
  return Object.fromEntries(
    Object.entries(fields).filter(
      ([key, value]) =>
        !keys.includes(key) &&
        !(key !== "MaskedPaths" && key !== "ReadonlyPaths" && Array.isArray(value) && value.length === 0),
    ),
  );
}

const place = { app: "shop", service: "web", number: 2 };
const host = (fields: object) => ({ HostConfig: fields });

describe("a service becomes the engine's create call", () => {
  const table: readonly (readonly [string, Partial<Service>, object])[] = [
    ["nothing but an image", {}, host({})],
    [
      "command and entrypoint",
      { command: ["serve", "--fast"], entrypoint: ["/init"] },
      { Cmd: ["serve", "--fast"], Entrypoint: ["/init"], ...host({}) },
    ],
    [
      "environment; null removes what the image sets",
      { environment: { A: "1", EMPTY: "", GONE: null, EQUALS: "a=b" } },
      { Env: ["A=1", "EMPTY=", "GONE", "EQUALS=a=b"], ...host({}) },
    ],
    [
      "process settings",
      {
        working_dir: "/srv",
        user: "1000:1000",
        tty: true,
        stdin_open: true,
        hostname: "alpha",
        domainname: "example.org",
        stop_signal: "SIGQUIT",
        stop_grace_period: "1m30s",
        init: true,
        group_add: ["audio"],
        oom_score_adj: -100,
      },
      {
        WorkingDir: "/srv",
        User: "1000:1000",
        Tty: true,
        OpenStdin: true,
        Hostname: "alpha",
        Domainname: "example.org",
        StopSignal: "SIGQUIT",
        StopTimeout: 90,
        ...host({ Init: true, GroupAdd: ["audio"], OomScoreAdj: -100 }),
      },
    ],
    ["a grace period below a second, rounded up", { stop_grace_period: "500ms" }, { StopTimeout: 1, ...host({}) }],
    [
      "ports: fixed, of a range, random, on one address, several to one",
      {
        ports: [
          { mode: "ingress", target: 80, protocol: "tcp", published: "8080" },
          { mode: "ingress", target: 80, protocol: "tcp", published: "9000-9010", host_ip: "127.0.0.1" },
          { mode: "host", target: 53, protocol: "udp" },
        ],
        expose: ["3000", "4000-4002/udp"],
      },
      {
        ExposedPorts: { "3000/tcp": {}, "4000/udp": {}, "4001/udp": {}, "4002/udp": {}, "80/tcp": {}, "53/udp": {} },
        ...host({
          PortBindings: {
            "80/tcp": [
              { HostIp: "", HostPort: "8080" },
              { HostIp: "127.0.0.1", HostPort: "9000-9010" },
            ],
            "53/udp": [{ HostIp: "", HostPort: "" }],
          },
        }),
      },
    ],
    [
      "a health check; durations in nanoseconds",
      {
        healthcheck: {
          test: ["CMD", "curl", "-f", "http://localhost"],
          interval: "1m30s",
          timeout: "500ms",
          retries: 3,
          start_period: "10s",
          start_interval: "1s",
        },
      },
      {
        Healthcheck: {
          Test: ["CMD", "curl", "-f", "http://localhost"],
          Interval: 90e9,
          Timeout: 500e6,
          Retries: 3,
          StartPeriod: 10e9,
          StartInterval: 1e9,
        },
        ...host({}),
      },
    ],
    [
      "a health check that is disabled",
      { healthcheck: { disable: true } },
      { Healthcheck: { Test: ["NONE"] }, ...host({}) },
    ],
    [
      "a health check whose test is the image's",
      { healthcheck: { interval: "5s" } },
      { Healthcheck: { Interval: 5e9 }, ...host({}) },
    ],
    [
      "mounts of volumes, of host paths and of memory",
      {
        volumes: [
          { type: "volume", source: "data", target: "/data", read_only: true, volume: { nocopy: true, subpath: "a" } },
          { type: "volume", target: "/anonymous" },
          { type: "bind", source: "/srv", target: "/srv", bind: { propagation: "rslave" } },
          { type: "bind", source: "/etc/x", target: "/x", bind: { create_host_path: false } },
          { type: "tmpfs", target: "/cache", tmpfs: { size: "1048576", mode: 0o700 } },
        ],
        tmpfs: ["/run", "/tmp:size=64m,mode=1777"],
      },
      host({
        Mounts: [
          {
            Type: "volume",
            Source: "shop_data",
            Target: "/data",
            ReadOnly: true,
            VolumeOptions: { NoCopy: true, Subpath: "a" },
          },
          {
            Type: "volume",
            Source: anonymousVolumeName(place, "/anonymous"),
            Target: "/anonymous",
            VolumeOptions: { Labels: anonymousVolumeLabels(place, "/anonymous") },
          },
          {
            Type: "bind",
            Source: "/srv",
            Target: "/srv",
            BindOptions: { Propagation: "rslave", CreateMountpoint: true },
          },
          { Type: "bind", Source: "/etc/x", Target: "/x", BindOptions: {} },
          { Type: "tmpfs", Target: "/cache", TmpfsOptions: { SizeBytes: 1_048_576, Mode: 0o700 } },
        ],
        Tmpfs: { "/run": "", "/tmp": "size=64m,mode=1777" },
      }),
    ],
    [
      "mounts below a bind mount, and labels of an anonymous volume",
      {
        volumes: [
          { type: "bind", source: "/a", target: "/a", bind: { recursive: "enabled" } },
          { type: "bind", source: "/b", target: "/b", bind: { recursive: "disabled" } },
          { type: "bind", source: "/c", target: "/c", read_only: true, bind: { recursive: "writable" } },
          { type: "bind", source: "/d", target: "/d", read_only: true, bind: { recursive: "readonly" } },
          { type: "volume", target: "/e", volume: { labels: { a: "b" } } },
        ],
      },
      host({
        Mounts: [
          { Type: "bind", Source: "/a", Target: "/a", BindOptions: { CreateMountpoint: true } },
          { Type: "bind", Source: "/b", Target: "/b", BindOptions: { CreateMountpoint: true, NonRecursive: true } },
          {
            Type: "bind",
            Source: "/c",
            Target: "/c",
            ReadOnly: true,
            BindOptions: { CreateMountpoint: true, ReadOnlyNonRecursive: true },
          },
          {
            Type: "bind",
            Source: "/d",
            Target: "/d",
            ReadOnly: true,
            BindOptions: { CreateMountpoint: true, ReadOnlyForceRecursive: true },
          },
          {
            Type: "volume",
            Source: anonymousVolumeName(place, "/e"),
            Target: "/e",
            VolumeOptions: { Labels: { a: "b", ...anonymousVolumeLabels(place, "/e") } },
          },
        ],
      }),
    ],
    [
      "volumes of other containers, those of services by their container",
      { volumes_from: ["db", "api:ro", "container:other:rw"] },
      host({ VolumesFrom: ["id-of-db", "id-of-api:ro", "other:rw"] }),
    ],
    [
      "devices of drivers: what is reserved, and gpus",
      {
        gpus: [{ count: -1 }, { device_ids: ["0"], capabilities: ["compute"], driver: "nvidia" }],
        deploy: {
          resources: { reservations: { devices: [{ capabilities: ["tpu"], count: 2, options: { a: "b" } }] } },
        },
      },
      host({
        DeviceRequests: [
          { Capabilities: [["tpu"]], Count: 2, Options: { a: "b" } },
          { Capabilities: [["gpu"]], Count: -1 },
          { Capabilities: [["compute", "gpu"]], DeviceIDs: ["0"], Driver: "nvidia" },
        ],
      }),
    ],
    [
      "devices by their paths, and by their names with a driver",
      {
        devices: [
          { source: "/dev/null", target: "/dev/null", permissions: "r" },
          { source: "vendor.com/gpu=all", target: "vendor.com/gpu=all", permissions: "rwm" },
          { source: "vendor.com/gpu=all", target: "/dev/gpu", permissions: "rwm" },
          { source: "nvidia.com/gpu=0", target: "nvidia.com/gpu=0", permissions: "rwm" },
        ],
      },
      host({
        Devices: [
          { PathOnHost: "/dev/null", PathInContainer: "/dev/null", CgroupPermissions: "r" },
          { PathOnHost: "vendor.com/gpu=all", PathInContainer: "/dev/gpu", CgroupPermissions: "rwm" },
        ],
        DeviceRequests: [{ Driver: "cdi", DeviceIDs: ["vendor.com/gpu=all", "nvidia.com/gpu=0"] }],
      }),
    ],
    [
      "no hidden paths of the system",
      { security_opt: ["systempaths=unconfined", "no-new-privileges"] },
      host({ SecurityOpt: ["no-new-privileges"], MaskedPaths: [], ReadonlyPaths: [] }),
    ],
    [
      "a host path with an SELinux label, which only the old form has",
      { volumes: [{ type: "bind", source: "/srv", target: "/srv", read_only: true, bind: { selinux: "Z" } }] },
      host({ Binds: ["/srv:/srv:ro,Z"] }),
    ],
    ["restart", { restart: "unless-stopped" }, host({ RestartPolicy: { Name: "unless-stopped" } })],
    [
      "restart with a number of attempts",
      { restart: "on-failure:5" },
      host({ RestartPolicy: { Name: "on-failure", MaximumRetryCount: 5 } }),
    ],
    [
      "deploy.restart_policy before restart",
      { restart: "always", deploy: { restart_policy: { condition: "on-failure", max_attempts: 2 } } },
      host({ RestartPolicy: { Name: "on-failure", MaximumRetryCount: 2 } }),
    ],
    [
      "deploy.restart_policy on failure, however often",
      { deploy: { restart_policy: { condition: "on-failure" } } },
      host({ RestartPolicy: { Name: "on-failure" } }),
    ],
    ...(
      [
        ["none", "no"],
        ["no", "no"],
        ["any", "always"],
        ["always", "always"],
        ["unless-stopped", "unless-stopped"],
      ] as const
    ).map(([condition, Name]): [string, Partial<Service>, object] => [
      `deploy.restart_policy ${condition}`,
      { restart: "on-failure:3", deploy: { restart_policy: { condition } } },
      host({ RestartPolicy: { Name } }),
    ]),
    [
      "deploy.restart_policy without a condition, in place of restart: nothing",
      { restart: "always", deploy: { restart_policy: {} } },
      host({}),
    ],
    [
      "limits of the service",
      { cpus: 1.5, mem_limit: "1073741824", mem_reservation: 1024, memswap_limit: "-1", pids_limit: 100 },
      host({ NanoCpus: 1.5e9, Memory: 1_073_741_824, MemoryReservation: 1024, MemorySwap: -1, PidsLimit: 100 }),
    ],
    [
      "limits of deploy before those of the service",
      {
        cpus: 4,
        mem_limit: "1",
        deploy: {
          resources: { limits: { cpus: 0.25, memory: "67108864", pids: 50 }, reservations: { memory: "2048" } },
        },
      },
      host({ NanoCpus: 0.25e9, Memory: 67_108_864, MemoryReservation: 2048, PidsLimit: 50 }),
    ],
    [
      "security",
      {
        privileged: true,
        read_only: true,
        cap_add: ["NET_ADMIN"],
        cap_drop: ["ALL"],
        security_opt: ["no-new-privileges:true"],
        devices: [{ source: "/dev/fuse", target: "/dev/fuse" }],
        sysctls: { "net.core.somaxconn": "1024" },
        ulimits: { nproc: 64, nofile: { soft: 1, hard: 2 } },
      },
      host({
        Privileged: true,
        ReadonlyRootfs: true,
        CapAdd: ["NET_ADMIN"],
        CapDrop: ["ALL"],
        SecurityOpt: ["no-new-privileges:true"],
        Devices: [{ PathOnHost: "/dev/fuse", PathInContainer: "/dev/fuse", CgroupPermissions: "rwm" }],
        Sysctls: { "net.core.somaxconn": "1024" },
        Ulimits: [
          { Name: "nproc", Soft: 64, Hard: 64 },
          { Name: "nofile", Soft: 1, Hard: 2 },
        ],
      }),
    ],
    [
      "namespaces, those of other services by their container",
      { pid: "service:app", ipc: "shareable", uts: "host" },
      host({ PidMode: "container:id-of-app", IpcMode: "shareable", UTSMode: "host" }),
    ],
    [
      "names",
      {
        dns: ["1.1.1.1"],
        dns_search: ["example.org"],
        dns_opt: ["ndots:2"],
        extra_hosts: ["db=10.0.0.1", "six=::1", "gateway:host-gateway"],
      },
      host({
        Dns: ["1.1.1.1"],
        DnsSearch: ["example.org"],
        DnsOptions: ["ndots:2"],
        ExtraHosts: ["db:10.0.0.1", "six:::1", "gateway:host-gateway"],
      }),
    ],
    [
      "logging, shared memory and annotations",
      {
        logging: { driver: "json-file", options: { "max-size": "10m" } },
        shm_size: "67108864",
        annotations: { "com.example": "x" },
      },
      host({
        LogConfig: { Type: "json-file", Config: { "max-size": "10m" } },
        ShmSize: 67_108_864,
        Annotations: { "com.example": "x" },
      }),
    ],
    [
      "limits of processors, memory and block devices",
      {
        cpu_shares: 512,
        cpu_quota: 50_000,
        cpu_period: 100_000,
        cpu_rt_period: 1_000_000,
        cpu_rt_runtime: 950_000,
        cpuset: "0-1",
        blkio_config: {
          weight: 300,
          weight_device: [{ path: "/dev/sda", weight: 400 }],
          device_read_bps: [{ path: "/dev/sda", rate: "1048576" }],
          device_write_iops: [{ path: "/dev/sda", rate: "30" }],
        },
      },
      host({
        CpuShares: 512,
        CpuQuota: 50_000,
        CpuPeriod: 100_000,
        CpuRealtimePeriod: 1_000_000,
        CpuRealtimeRuntime: 950_000,
        CpusetCpus: "0-1",
        BlkioWeight: 300,
        BlkioWeightDevice: [{ Path: "/dev/sda", Weight: 400 }],
        BlkioDeviceReadBps: [{ Path: "/dev/sda", Rate: 1_048_576 }],
        BlkioDeviceWriteIOps: [{ Path: "/dev/sda", Rate: 30 }],
      }),
    ],
    [
      "control groups, namespaces, storage and runtime",
      {
        cgroup: "private",
        cgroup_parent: "shop.slice",
        device_cgroup_rules: ["c 1:3 mr"],
        userns_mode: "host",
        storage_opt: { size: "1G" },
        runtime: "runc",
      },
      host({
        CgroupnsMode: "private",
        CgroupParent: "shop.slice",
        DeviceCgroupRules: ["c 1:3 mr"],
        UsernsMode: "host",
        StorageOpt: { size: "1G" },
        Runtime: "runc",
      }),
    ],
    [
      "nothing of what is the planner's and the loader's",
      {
        depends_on: { db: { condition: "service_started", required: true } },
        profiles: ["debug"],
        scale: 3,
        pull_policy: "always",
        attach: false,
        deploy: { replicas: 3, labels: { x: "y" }, update_config: { order: "start-first" } },
      },
      host({}),
    ],
  ];

  it.each(table)("%s", (_, service, expected) => {
    expect(bodyOf(service)).toEqual(expected);
  });

  it("on Docker Engine 20.10, missing host paths are made by the old form", () => {
    const volumes: Service["volumes"] = [
      { type: "bind", source: "/srv", target: "/srv" },
      { type: "bind", source: "/x", target: "/x", bind: { create_host_path: false } },
    ];
    expect(bodyOf({ volumes }, { api: oldest })).toEqual(
      host({ Binds: ["/srv:/srv:rw"], Mounts: [{ Type: "bind", Source: "/x", Target: "/x", BindOptions: {} }] }),
    );
  });

  it("with the volumes that its image declares, but for those where something else is mounted", () => {
    const volumes: Service["volumes"] = [{ type: "bind", source: "/srv", target: "/srv" }];
    const imageVolumes = ["/data/", "/srv", "/run", "/config"];
    const files = [{ target: "/config", content: Buffer.from(""), mode: 0, uid: 0, gid: 0 }];
    const body = bodyOf({ volumes, tmpfs: ["/run:size=1m"] }, { imageVolumes, contents: files });
    expect(body).toMatchObject(
      host({
        Mounts: [
          { Target: "/srv" },
          {
            Type: "volume",
            Source: anonymousVolumeName(place, "/data"),
            Target: "/data/",
            VolumeOptions: { Labels: anonymousVolumeLabels(place, "/data") },
          },
        ],
      }),
    );
  });

  it("with its configs and secrets, bound read-only", () => {
    const files = [{ path: "/files/0", target: "/run/secrets/key" }];
    expect(bodyOf({}, { files })).toEqual(
      host({ Mounts: [{ Type: "bind", Source: "/files/0", Target: "/run/secrets/key", ReadOnly: true }] }),
    );
  });
});
