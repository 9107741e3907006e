import { readFile } from "node:fs/promises";
import { basename } from "node:path";
import type { Home } from "../system/home.ts";
import { programOf, programsBelow } from "../system/running.ts";

/**
 * Ends language hosts of our own engine whose engine was killed: they run in groups of their own, and notice only after minutes.
 * Source: cmdutil.RegisterProcessGroup, rpcutil.Healthcheck in github.com/pulumi/pulumi sdk/go/common/util.
 */
export async function endOrphanedHosts(home: Home): Promise<void> {
  for (const { pid, program } of await programsBelow(home.cache.engine)) {
    if (!basename(program).startsWith("pulumi-language-")) continue;
    if (basename(await programOf(await parentOf(pid))) !== "pulumi") end(pid);
  }
}

/** Source: proc_pid_status(5). */
async function parentOf(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, "utf8").catch(() => "");
  return Number(/^PPid:\s+(\d+)$/mu.exec(status)?.[1] ?? 0);
}

function end(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // ESRCH: it has ended meanwhile.
  }
}
