import { describe, expect, it } from "@jest/globals";
import { bodyOf, type BodyTable, host } from "../support/container-body.ts";

describe("what a service may use becomes the engine's create call", () => {
  const table: BodyTable = [
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
  ];

  it.each(table)("%s", (_, service, expected) => {
    expect(bodyOf(service)).toEqual(expected);
  });
});
