import type { OutlivingDisk } from "../../hypervisors/qemu/index.ts";
import { freedBy, type CacheEntry } from "../../system/cache.ts";
import type { Judged } from "../cached/select.ts";
import type { Style } from "./style.ts";
import { table } from "./table.ts";
import { count } from "./text.ts";

/** All that the cache holds, what goes first. Files that several entries share count once in the sum. */
export function cacheLines(judged: readonly Judged[], now: number, style: Style): string[] {
  const rows = judged.map(({ entry, fate }) => [
    fate === "remove" ? style.bad("-") : " ",
    entry.kind.what,
    entry.name,
    bytesText(entry.files.reduce((sum, { bytes }) => sum + bytes, 0)),
    usedText({ entry, fate }, now),
  ]);
  const all = judged.map(({ entry }) => entry);
  const total = `${count(all.length, "entry", "entries")}, ${bytesText(freedBy(all))} that nothing else holds.`;
  return [...table([" ", "WHAT", "NAME", "SIZE", "USED"], rows, style), "", total];
}

function usedText({ entry, fate }: Judged, now: number): string {
  switch (fate) {
    case "in-use":
      return "by a VM that is there";
    case "busy":
      return "by a run, now or just before";
    case "remove":
    case "recent":
      return `${ageText(now - entry.usedAt)} ago`;
  }
}

/** The same for a script. */
export function cacheJson(judged: readonly Judged[], removed: readonly CacheEntry[]) {
  return {
    entries: judged.map(({ entry, fate }) => ({
      kind: entry.kind.what,
      name: entry.name,
      path: entry.path,
      bytes: entry.files.reduce((sum, { bytes }) => sum + bytes, 0),
      usedAt: new Date(entry.usedAt).toISOString(),
      fate,
      removed: removed.includes(entry),
    })),
    freedBytes: freedBy(removed),
  };
}

/** As it is called where it is to be removed. */
export function nameOfDataDisk({ vm, name }: OutlivingDisk): string {
  return `${vm}/${name}`;
}

/** Data disks that have outlived their VMs. */
export function dataDiskLines(disks: readonly OutlivingDisk[], now: number, style: Style): string[] {
  const rows = disks.map((disk) => [
    nameOfDataDisk(disk),
    `${disk.sizeGiB} GiB`,
    bytesText(disk.bytes),
    `${ageText(now - disk.writtenAt)} ago`,
  ]);
  return [
    ...table(["DATA DISK", "SIZE", "TAKES", "WRITTEN"], rows, style),
    "",
    "They have outlived their VMs: the next VM of that name that names them has them again, and --data-disk VM/disk removes one for good.",
  ];
}

/** The same for a script. */
export function dataDisksJson(disks: readonly OutlivingDisk[], removed: readonly OutlivingDisk[]) {
  return disks.map((disk) => ({
    vm: disk.vm,
    name: disk.name,
    path: disk.path,
    sizeGiB: disk.sizeGiB,
    bytes: disk.bytes,
    writtenAt: new Date(disk.writtenAt).toISOString(),
    removed: removed.includes(disk),
  }));
}

/** `1.4 GiB`, `35 MiB`: sizes as people compare them. */
export function bytesText(bytes: number): string {
  const gibibytes = bytes / 1024 ** 3;
  if (gibibytes >= 1) return `${gibibytes.toFixed(1)} GiB`;
  return `${Math.ceil(bytes / 1024 ** 2)} MiB`;
}

/** `5 min`, `3 h`, `12 d`: one unit is enough. */
function ageText(ms: number): string {
  const minutes = Math.max(0, Math.floor(ms / 60_000));
  if (minutes < 60) return `${minutes} min`;
  return minutes < 24 * 60 ? `${Math.floor(minutes / 60)} h` : `${Math.floor(minutes / (24 * 60))} d`;
}
