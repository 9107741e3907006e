import { restartOf } from "../../../modules/plan/restart.ts";
import type { Service } from "../../../modules/stackfile/model.ts";
import { type BlockRate, defined, type HostConfigBody } from "./body.ts";
import { byteCount } from "./units.ts";

/** Docker Engine knows no delay and no window. */
export function restartPolicy(service: Service): HostConfigBody["RestartPolicy"] {
  const { name, attempts } = restartOf(service);
  if (name === "" && attempts === undefined) return undefined;
  return attempts === undefined ? { Name: name } : { Name: name, MaximumRetryCount: attempts };
}

/** `deploy.resources` wins over the keys of the service itself. A reservation of CPUs is for a scheduler: there is none. */
export function resources(
  service: Service,
): Pick<
  { [K in keyof HostConfigBody]: HostConfigBody[K] | undefined },
  | "Memory"
  | "MemoryReservation"
  | "MemorySwap"
  | "NanoCpus"
  | "CpuShares"
  | "CpuQuota"
  | "CpuPeriod"
  | "CpuRealtimePeriod"
  | "CpuRealtimeRuntime"
  | "CpusetCpus"
  | "PidsLimit"
> {
  const { limits, reservations } = service.deploy?.resources ?? {};
  const cpus = limits?.cpus ?? service.cpus;
  return {
    NanoCpus: cpus === undefined ? undefined : Math.round(cpus * 1e9),
    Memory: byteCount(limits?.memory ?? service.mem_limit),
    MemoryReservation: byteCount(reservations?.memory ?? service.mem_reservation),
    MemorySwap: byteCount(service.memswap_limit),
    CpuShares: service.cpu_shares,
    CpuQuota: service.cpu_quota,
    CpuPeriod: service.cpu_period,
    CpuRealtimePeriod: service.cpu_rt_period,
    CpuRealtimeRuntime: service.cpu_rt_runtime,
    CpusetCpus: service.cpuset,
    PidsLimit: limits?.pids ?? service.pids_limit,
  };
}

type BlockIo = Pick<
  HostConfigBody,
  | "BlkioWeight"
  | "BlkioWeightDevice"
  | "BlkioDeviceReadBps"
  | "BlkioDeviceWriteBps"
  | "BlkioDeviceReadIOps"
  | "BlkioDeviceWriteIOps"
>;

/** Weights and rates of block devices. */
export function blockIo({ blkio_config: wanted }: Service): BlockIo {
  if (wanted === undefined) return {};
  const rates = (limits: typeof wanted.device_read_bps): readonly BlockRate[] | undefined =>
    limits?.map(({ path = "", rate }) => ({ Path: path, Rate: byteCount(rate) ?? 0 }));
  const weights = wanted.weight_device?.map(({ path = "", weight = 0 }) => ({ Path: path, Weight: weight }));
  return defined<BlockIo>({
    BlkioWeight: wanted.weight,
    BlkioWeightDevice: weights,
    BlkioDeviceReadBps: rates(wanted.device_read_bps),
    BlkioDeviceWriteBps: rates(wanted.device_write_bps),
    BlkioDeviceReadIOps: rates(wanted.device_read_iops),
    BlkioDeviceWriteIOps: rates(wanted.device_write_iops),
  });
}

export function ulimits({ ulimits: wanted }: Service): HostConfigBody["Ulimits"] {
  if (wanted === undefined) return undefined;
  return Object.entries(wanted).map(([name, limit]) =>
    typeof limit === "number"
      ? { Name: name, Soft: limit, Hard: limit }
      : { Name: name, Soft: limit.soft, Hard: limit.hard },
  );
}

/** That no path of the system is hidden is no option of the engine's API, although it is one of its command line. */
const unhidden = "systempaths=unconfined";

export function security({
  security_opt: options,
}: Service): Pick<HostConfigBody, "SecurityOpt" | "MaskedPaths" | "ReadonlyPaths"> {
  if (options?.includes(unhidden) !== true) return options === undefined ? {} : { SecurityOpt: options };
  const others = options.filter((option) => option !== unhidden);
  return { SecurityOpt: others, MaskedPaths: [], ReadonlyPaths: [] };
}

/** The model writes `name=address`, the engine reads `name:address`. */
export function extraHosts({ extra_hosts: hosts }: Service): HostConfigBody["ExtraHosts"] {
  return hosts?.map((entry) => entry.replace(/^([^=:]+)=/, "$1:"));
}

export function logConfig({ logging }: Service): HostConfigBody["LogConfig"] {
  if (logging === undefined) return undefined;
  return { ...(logging.driver === undefined ? {} : { Type: logging.driver }), Config: logging.options ?? {} };
}
