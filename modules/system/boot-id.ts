import { readFileIfPresent } from "./files.ts";

/** Of the running system: another one means that the workstation was restarted. */
export async function bootId(): Promise<string> {
  return ((await readFileIfPresent("/proc/sys/kernel/random/boot_id")) ?? "unknown").trim();
}
