import type { AsyncLocalStorage } from "node:async_hooks";
import { spawn } from "node:child_process";
import * as automation from "@pulumi/pulumi/automation/index.js";
import { SemVer } from "semver";
import type { Environment } from "./types.ts";

/** How one run of the engine is watched and ended. */
export interface RunControl {
  /** The whole environment of the engine; nothing of this process leaks into it. */
  readonly env: Environment;
  /** Aborted: one SIGINT. The engine then cancels its providers and ends by itself. */
  readonly signal: AbortSignal;
  /** Aborted: SIGKILL to the engine's process group. */
  readonly killSignal?: AbortSignal | undefined;
  /** Told once the engine runs. Where it fails, the engine is killed: nobody would know of it. */
  readonly onStart?: ((pid: number) => Promise<void>) | undefined;
  /** Told once it has ended; one that was killed may not have recorded what it was doing. */
  readonly onEnd?: ((how: "by-itself" | "killed") => void) | undefined;
  /**
   * By command (`stack select`), what the engine would print: given to the SDK where it is known already or not used, since
   * each start of the engine takes a third of a second.
   */
  readonly answers?: Readonly<Record<string, string>>;
}

/** What the SDK makes of an ended command. It tells a missing stack from other errors by the class it makes here. */
interface CommandResult {
  readonly stdout: string;
  readonly stderr: string;
  readonly code: number;
}

/** Exported by the SDK, left out of its types. Source: github.com/pulumi/pulumi sdk/nodejs/automation/{cmd,errors}.ts. */
const sdk = automation as unknown as {
  readonly CommandResult: new (stdout: string, stderr: string, code: number) => CommandResult;
  createCommandError(result: CommandResult): automation.CommandError;
};

/** The method through which the SDK starts the engine, left out of its types too. */
interface EngineStarter {
  run(
    args: string[],
    cwd: string,
    env: Record<string, string>,
    onOutput?: (text: string) => void,
    onError?: (text: string) => void,
  ): Promise<CommandResult>;
}

/** The command of an engine that was seen to run and to be of this version; `PulumiCommand.get` starts it to ask. */
export function knownCommand(path: string, version: string): automation.PulumiCommand {
  const command = Object.create(automation.PulumiCommand.prototype) as automation.PulumiCommand;
  return Object.assign(command, { command: path, version: new SemVer(version) });
}

/**
 * The command under the control of whoever calls the SDK, with its engine in a process group of its own. In ours, the terminal's Ctrl-C reaches the engine besides the
 * SIGINT that the SDK sends on abort, and the second one makes it drop its running steps.
 * Source: github.com/pulumi/pulumi/issues/6334.
 */
export function controlled(
  command: automation.PulumiCommand,
  controls: AsyncLocalStorage<RunControl>,
): automation.PulumiCommand {
  const starter: EngineStarter = {
    run: (args, cwd, env, ...[onOutput, onError]) => {
      const control = controls.getStore();
      if (control === undefined) throw new Error("the engine was started outside of a run");
      const answer = control.answers?.[args.slice(0, 2).join(" ")];
      if (answer !== undefined) return Promise.resolve(new sdk.CommandResult(answer, "", 0));
      return runEngine({ program: command.command, args, cwd, env, onOutput, onError }, control);
    },
  };
  return Object.assign(Object.create(command) as automation.PulumiCommand, starter);
}

interface Invocation {
  readonly program: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env: Record<string, string>;
  readonly onOutput?: ((text: string) => void) | undefined;
  readonly onError?: ((text: string) => void) | undefined;
}

/** Runs one command of the engine to its end; fails with the SDK's `CommandError` on a non-zero exit. */
export async function runEngine(call: Invocation, control: RunControl): Promise<CommandResult> {
  control.signal.throwIfAborted();
  const args = call.args.includes("--non-interactive") ? call.args : [...call.args, "--non-interactive"];
  const child = spawn(call.program, args, {
    cwd: call.cwd,
    env: { ...control.env, ...call.env, PULUMI_AUTOMATION_API: "true" },
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
  control.signal.addEventListener("abort", stop, { once: true });
  control.killSignal?.addEventListener("abort", kill, { once: true });
  try {
    const ending = exitOf(child);
    if (child.pid !== undefined) await startedUnder(control, child.pid, ending);
    const code = await ending;
    control.onEnd?.(code === null ? "killed" : "by-itself");
    const result = new sdk.CommandResult(output.stdout, output.stderr, code ?? 128);
    if (code !== 0) throw sdk.createCommandError(result);
    return result;
  } finally {
    control.signal.removeEventListener("abort", stop);
    control.killSignal?.removeEventListener("abort", kill);
  }
}

function collect(stream: NodeJS.ReadableStream, onText: (text: string) => void): void {
  stream.setEncoding("utf8");
  stream.on("data", onText);
}

/** The exit code; null where a signal ended it. */
function exitOf(child: ReturnType<typeof spawn>): Promise<number | null> {
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", resolve);
  });
}

async function startedUnder(control: RunControl, pid: number, ending: Promise<unknown>): Promise<void> {
  try {
    await control.onStart?.(pid);
  } catch (error) {
    killGroup(pid);
    await ending;
    control.onEnd?.("killed");
    throw error;
  }
}

/** The engine leads its group, so the group's id is its pid. One that has ended already needs no kill. */
export function killGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, "SIGKILL");
  } catch {
    // ESRCH: it has ended.
  }
}
