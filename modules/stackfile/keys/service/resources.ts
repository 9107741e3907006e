import { deviceRequest } from "../deploy.ts";
import { windows } from "../common.ts";
import { allDevices } from "../../forms/collections.ts";
import {
  blockWeights,
  devicePath,
  deviceWeights,
  enoughMemory,
  enoughQuota,
  notNegative,
  possiblePeriod,
  processors,
} from "../engine.ts";
import {
  accepted,
  boolean,
  bytes,
  integer,
  type KeyTable,
  list,
  mapping,
  refused,
  single,
  string,
  unsigned,
  wholeBytes,
  wholeNumber,
} from "../../shapes/shape.ts";

/** Source: https://docs.kernel.org/admin-guide/cgroup-v2.html, "Memory". */
const notInVersion2 = "version 2 of control groups, which hosts have, has no such setting";

const gpusExpected = 'a list of devices or "all"';

/** Compose keeps what is not given as nothing. */
const blockLimit = mapping(
  { path: string({ keepsZero: true, runs: devicePath }), rate: wholeBytes({ keepsZero: true, runs: notNegative }) },
  { closed: true, unset: { path: "", rate: "0" } },
);

const blockWeight = mapping(
  { path: string({ keepsZero: true, runs: devicePath }), weight: unsigned({ keepsZero: true, runs: deviceWeights }) },
  { closed: true, unset: { path: "", weight: 0 } },
);

/** How much of the host it may have. */
export const resources: KeyTable = {
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
};
