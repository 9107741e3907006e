import type { Pool } from "../../hypervisors/driver.ts";
import { count } from "./text.ts";

/** A line a pool: how many clones wait, of what, and what they hold. */
export function poolLines(pools: readonly Pool[]): readonly string[] {
  return pools.map(({ kind, wanted, waiting }) => {
    const { cpus, memoryMiB, diskGiB } = kind;
    const held = waiting.reduce((sum, member) => sum + member.memoryMiB, 0);
    const all = wanted === waiting.length ? "" : `, and ${wanted} are asked for`;
    const memory = waiting.length === 0 ? "" : `: ${held} MiB of memory`;
    const verb = waiting.length === 1 ? "waits" : "wait";
    return `${count(waiting.length, "clone", "clones")} ${verb} for the next VM of ${cpus} CPU, ${memoryMiB} MiB, ${diskGiB} GiB${memory}${all}`;
  });
}

export function poolJson({ kind, wanted, waiting }: Pool) {
  const { cpus, memoryMiB, diskGiB, baseImage, bakedImage } = kind;
  return { cpus, memoryMiB, diskGiB, image: bakedImage ?? baseImage, wanted, waiting };
}

/** Clones that wait, among VMs. */
export function waitingJson({ kind, waiting }: Pool) {
  const { cpus, memoryMiB, diskGiB, baseImage, bakedImage } = kind;
  return waiting.map(({ name, pid, memoryMiB: heldMiB }) => ({
    ...{ name, state: "waiting", cpus, memoryMiB, diskGiB, image: bakedImage ?? baseImage, pid, heldMiB },
  }));
}
