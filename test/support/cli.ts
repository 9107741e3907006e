import { spawn } from "node:child_process";
import { once } from "node:events";
import { open } from "node:fs/promises";
import { PassThrough } from "node:stream";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { run } from "../../modules/cli/run.ts";
import { systemClock } from "../../modules/system/clock.ts";

/** What a command line gave. */
export interface CliResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CliCall {
  readonly cwd: string;
  readonly env?: Readonly<Record<string, string>>;
  /** How the program was called. */
  readonly program?: string;
  /** What it reads from standard input. */
  readonly input?: string;
}

/** Runs a command line inside this process; nobody is at a terminal. */
export async function runCli(
  argv: readonly string[],
  { cwd, env = {}, program = "stackhouse", input = "" }: CliCall,
): Promise<CliResult> {
  const [stdin, stdout, stderr] = [new PassThrough(), new PassThrough(), new PassThrough()];
  const never = new AbortController().signal;
  stdin.end(input);
  const output = Promise.all([text(stdout), text(stderr)]);
  const code = await run(argv, {
    io: { stdin, stdout, stderr, env: { PATH: process.env["PATH"], ...env }, cwd, program },
    clock: systemClock,
    interrupts: { signal: never, killSignal: never },
    startedAt: systemClock.now(),
  });
  stdout.end();
  stderr.end();
  const [out, err] = await output;
  return { code, stdout: out, stderr: err };
}

const main = fileURLToPath(new URL("../../modules/cli/main.ts", import.meta.url));

type Output = "stdout" | "stderr";

/** Runs the program itself, in a process of its own; `closed` is output that nobody reads any more, `full` goes to a full disk. */
export async function spawnCli(
  argv: readonly string[],
  { cwd, env = {}, closed, full }: CliCall & { readonly closed?: Output; readonly full?: Output },
): Promise<CliResult> {
  await using disk = full === undefined ? undefined : await open("/dev/full", "w");
  const to = (output: Output): "pipe" | number => (output === full && disk !== undefined ? disk.fd : "pipe");
  const child = spawn(process.execPath, [main, ...argv], {
    cwd,
    env: { PATH: process.env["PATH"], HOME: cwd, ...env },
    stdio: ["ignore", to("stdout"), to("stderr")],
  });
  if (closed !== undefined) child[closed]?.destroy();
  const said = async (output: Output): Promise<string> => {
    const stream = child[output];
    return closed === output || stream === null ? "" : await text(stream);
  };
  const [stdout, stderr, [code]] = await Promise.all([
    said("stdout"),
    said("stderr"),
    once(child, "close") as Promise<[number]>,
  ]);
  return { code, stdout, stderr };
}
