import { readdir, readFile, readlink } from "node:fs/promises";
import type { Forward } from "../../driver.ts";

/**
 * Who listens on a port: `nginx, process 812`. Undefined where that cannot be seen: other users' processes are hidden from
 * who is not root. Source: proc_net(5), proc_pid_fd(5).
 */
export async function listenerOn(protocol: Forward["protocol"], port: number): Promise<string | undefined> {
  const inodes = new Set((await Promise.all([protocol, `${protocol}6`].map((table) => inodesIn(table, port)))).flat());
  if (inodes.size === 0) return undefined;
  for (const pid of (await readdir("/proc")).filter((name) => /^\d+$/.test(name))) {
    if (!(await hasSocket(pid, inodes))) continue;
    const name = await readFile(`/proc/${pid}/comm`, "utf8").catch(() => "a process");
    return `${name.trim()}, process ${pid}, listens there`;
  }
  return undefined;
}

const listening = { tcp: "0A", udp: "07" } as const;

async function inodesIn(table: string, port: number): Promise<readonly string[]> {
  const text = await readFile(`/proc/net/${table}`, "utf8").catch(() => "");
  const state = table.startsWith("tcp") ? listening.tcp : listening.udp;
  const suffix = `:${port.toString(16).toUpperCase().padStart(4, "0")}`;
  return text
    .split("\n")
    .map((line) => line.trim().split(/\s+/))
    .filter((columns) => columns[1]?.endsWith(suffix) === true && columns[3] === state)
    .flatMap((columns) => columns[9] ?? []);
}

async function hasSocket(pid: string, inodes: ReadonlySet<string>): Promise<boolean> {
  const folder = `/proc/${pid}/fd`;
  const descriptors = await readdir(folder).catch(() => []);
  for (const descriptor of descriptors) {
    const target = await readlink(`${folder}/${descriptor}`).catch(() => "");
    const inode = /^socket:\[(\d+)\]$/.exec(target)?.[1];
    if (inode !== undefined && inodes.has(inode)) return true;
  }
  return false;
}
