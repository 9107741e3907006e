import type { AsyncLocalStorage } from "node:async_hooks";
import * as automation from "@pulumi/pulumi/automation/index.js";
import { SemVer } from "semver";
import { runGroup, type GroupCall, type GroupControl } from "./process-group.ts";
import type { Environment } from "./types.ts";

/** How one run of the engine is watched and ended. */
export interface RunControl extends GroupControl {
  /** The whole environment of the engine; nothing of this process leaks into it. */
  readonly env: Environment;
  /** Aborted: one SIGINT. The engine then cancels its providers and ends by itself. */
  readonly signal: AbortSignal;
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
 * The command under the control of whoever calls the SDK, with its engine in a process group of its own. In ours, the terminal's
 * Ctrl-C reaches the engine besides the SIGINT that the SDK sends on abort, and the second one makes it drop its running steps.
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

type Invocation = GroupCall & { readonly env: Readonly<Record<string, string>> };

/** Runs one command of the engine to its end; fails with the SDK's `CommandError` on a non-zero exit. */
export async function runEngine(call: Invocation, control: RunControl): Promise<CommandResult> {
  const args = call.args.includes("--non-interactive") ? call.args : [...call.args, "--non-interactive"];
  const env = { ...control.env, ...call.env, PULUMI_AUTOMATION_API: "true" };
  const { stdout, stderr, code } = await runGroup({ ...call, args, env }, control);
  const result = new sdk.CommandResult(stdout, stderr, code ?? 128);
  if (code !== 0) throw sdk.createCommandError(result);
  return result;
}
