import { stat } from "node:fs/promises";
import { execa } from "execa";
import { StackhouseError } from "../base/errors.ts";
import { isErrno } from "./files.ts";

export interface ExecOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Variables of this process that it gets besides `env`. Default: all. */
  readonly inherits?: readonly string[];
  readonly stdin?: string | Uint8Array;
  /** Open descriptors of this process that it gets, as 3 and so on. Default: none. */
  readonly passes?: readonly number[];
  readonly signal?: AbortSignal;
  /** Deadline, milliseconds. Default 60 000. */
  readonly timeoutMs?: number;
  /** What an abort or the deadline sends first. Default SIGTERM, and SIGKILL 5 s later. */
  readonly killSignal?: "SIGKILL";
  /** Called with each line of stdout and stderr as it comes. */
  readonly onLine?: (line: string) => void;
}

export interface ExecResult {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** The seam through which every local program is run: argv, never a shell string; a deadline each; LANG=C. */
export interface Runner {
  /** Runs to the end. A non-zero exit is a result; a program that cannot be started, the deadline and an abort are errors. */
  exec(program: string, args: readonly string[], options?: ExecOptions): Promise<ExecResult>;
}

export const systemRunner: Runner = {
  async exec(program, args, options = {}) {
    const timeoutMs = options.timeoutMs ?? 60_000;
    const child = execa(program, args, {
      reject: false,
      timeout: timeoutMs,
      forceKillAfterDelay: 5_000,
      extendEnv: options.inherits === undefined,
      env: { ...pick(process.env, options.inherits ?? []), LANG: "C", LC_ALL: "C", ...options.env },
      ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
      // Its types know the first of them; it gives Node whatever number it gets.
      stdio: [options.stdin === undefined ? "ignore" : "pipe", "pipe", "pipe", ...((options.passes ?? []) as 3[])],
      ...(options.stdin === undefined ? {} : { input: options.stdin }),
      ...(options.killSignal === undefined ? {} : { killSignal: options.killSignal }),
      ...(options.signal === undefined ? {} : { cancelSignal: options.signal }),
      ...(options.onLine === undefined ? {} : { all: true as const }),
    });
    if (options.onLine !== undefined) {
      const onLine = options.onLine;
      for await (const line of child.iterable({ from: "all" })) onLine(line);
    }
    const result = await child;
    options.signal?.throwIfAborted();
    if (result.timedOut) {
      throw new StackhouseError("deadline", `${program} did not finish within ${timeoutMs / 1000} s`);
    }
    // What a signal ended has no exit code either.
    if (result.exitCode === undefined && result.signal === undefined) throw await notStarted(program, options, result);
    return { exitCode: result.exitCode ?? 128, stdout: result.stdout, stderr: result.stderr };
  },
};

interface NotStarted {
  readonly originalMessage?: string | undefined;
}

/** Of a folder that is not there, the system says the same as of a program. */
async function notStarted(program: string, { cwd }: ExecOptions, result: NotStarted): Promise<StackhouseError> {
  const options = { cause: result };
  const because = (reason: string): StackhouseError =>
    new StackhouseError("internal", `${program} could not be started: ${reason}`, options);
  if (cwd !== undefined && !(await isFolder(cwd))) return because(`there is no folder ${cwd}`);
  if (!isErrno(result, "ENOENT")) return because(result.originalMessage ?? "no reason given");
  return new StackhouseError("input.invalid", `${program} is not installed or not on PATH`, options);
}

async function isFolder(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
}

function pick(env: NodeJS.ProcessEnv, names: readonly string[]): Record<string, string> {
  return Object.fromEntries(names.flatMap((name) => (env[name] === undefined ? [] : [[name, env[name]]])));
}
