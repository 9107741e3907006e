import { readFileIfPresent } from "../../../system/files.ts";
import { freemem } from "node:os";
import type { Check } from "../check.ts";

const mib = 1024 ** 2;
const neededBytes = 1536 * mib;

export const memory: Check = {
  name: "memory",
  neededFor: "local",
  async look() {
    const available = (await availableBytes()) ?? freemem();
    const found = `${Math.round(available / mib)} MiB available`;
    if (available >= neededBytes) return { status: "passed", found };
    return {
      status: "warning",
      found,
      fix: `free ${neededBytes / mib} MiB, or give VMs less: stackhouse up --memory 768`,
    };
  },
};

/** What can be had without swapping; `MemFree` leaves out the page cache. Source: proc_meminfo(5). */
async function availableBytes(): Promise<number | undefined> {
  const kib = /^MemAvailable:\s+(\d+) kB$/m.exec((await readFileIfPresent("/proc/meminfo")) ?? "")?.[1];
  return kib === undefined ? undefined : Number(kib) * 1024;
}
