import { spawn } from "node:child_process";
import type { Environment } from "./types.ts";

/** How a group is watched and ended. */
export interface GroupControl {
  /** Aborted: one SIGINT to the program that leads the group. */
  readonly signal?: AbortSignal | undefined;
  /** Aborted: SIGKILL to the whole group. */
  readonly killSignal?: AbortSignal | undefined;
  /** Told once the program runs. Where it fails, the group is killed: nobody would know of it. */
  readonly onStart?: ((pid: number) => Promise<void>) | undefined;
  /** Told once it has ended; one that was killed may not have recorded what it was doing. */
  readonly onEnd?: ((how: "by-itself" | "killed") => void) | undefined;
}

export interface GroupCall {
  readonly program: string;
  readonly args: readonly string[];
  readonly cwd: string;
  /** The whole environment. */
  readonly env: Environment;
  readonly onOutput?: ((text: string) => void) | undefined;
  readonly onError?: ((text: string) => void) | undefined;
}

export interface GroupEnd {
  /** Null where a signal ended it. */
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program to its end in a process group of its own, so that what it started can be ended with it. */
export async function runGroup(call: GroupCall, control: GroupControl): Promise<GroupEnd> {
  control.signal?.throwIfAborted();
  control.killSignal?.throwIfAborted();
  const child = spawn(call.program, call.args, {
    cwd: call.cwd,
    env: call.env,
    stdio: ["ignore", "pipe", "pipe"],
    detached: true,
  });
  const output = { stdout: "", stderr: "" };
  collect(child.stdout, (text) => {
    output.stdout += text;
    call.onOutput?.(text);
  });
  collect(child.stderr, (text) => {
    output.stderr += text;
    call.onError?.(text);
  });
  const stop = (): void => void child.kill("SIGINT");
  const kill = (): void => killGroup(child.pid);
  control.signal?.addEventListener("abort", stop, { once: true });
  control.killSignal?.addEventListener("abort", kill, { once: true });
  try {
    const ending = exitOf(child);
    if (child.pid !== undefined) await startedUnder(control, child.pid, ending);
    const code = await ending;
    control.onEnd?.(code === null ? "killed" : "by-itself");
    return { ...output, code };
  } finally {
    control.signal?.removeEventListener("abort", stop);
    control.killSignal?.removeEventListener("abort", kill);
  }
}

function collect(stream: NodeJS.ReadableStream, onText: (text: string) => void): void {
  stream.setEncoding("utf8");
  stream.on("data", onText);
}

function exitOf(child: ReturnType<typeof spawn>): Promise<number | null> {
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", resolve);
  });
}

async function startedUnder(control: GroupControl, pid: number, ending: Promise<unknown>): Promise<void> {
  try {
    await control.onStart?.(pid);
  } catch (error) {
    killGroup(pid);
    await ending;
    control.onEnd?.("killed");
    throw error;
  }
}

/** The program leads its group, so the group's id is its pid. One that has ended already needs no kill. */
export function killGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, "SIGKILL");
  } catch {
    // ESRCH: it has ended.
  }
}
