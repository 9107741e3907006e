import { readdir, readlink, realpath } from "node:fs/promises";

/** A process of this machine that we may look at. */
interface RunningProgram {
  readonly pid: number;
  /** The file that it was started from, also where that was replaced since. */
  readonly program: string;
}

/** Programs that run from below a folder, whatever links its path leads by: a process knows its program without them. Where there is no /proc, none. */
export async function programsBelow(folder: string): Promise<readonly RunningProgram[]> {
  const real = await realpath(folder).catch(() => folder);
  const pids = (await readdir("/proc").catch(() => [])).filter((name) => /^\d+$/u.test(name)).map(Number);
  const programs = await Promise.all(pids.map(async (pid) => ({ pid, program: await programOf(pid) })));
  return programs.filter(({ program }) => program.startsWith(`${real}/`));
}

/** What a process was started from; empty where it is gone or another user's. Source: proc_pid_exe(5). */
export async function programOf(pid: number): Promise<string> {
  const link = await readlink(`/proc/${pid}/exe`).catch(() => "");
  return link.replace(/ \(deleted\)$/u, "");
}
