import process from "node:process";
import type { Clock } from "../../../modules/base/clock.ts";
import { isStackhouseError, StackhouseError } from "../../../modules/base/errors.ts";
import type { Progress } from "../../../modules/base/progress.ts";
import { systemClock } from "../../../modules/system/clock.ts";
import { systemRunner, type Runner } from "../../../modules/system/exec.ts";
import { homeFrom, type Home } from "../../../modules/system/home.ts";

/** What a step of the bootstrap works with. */
export interface TaskPorts {
  readonly home: Home;
  readonly runner: Runner;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly progress: Progress;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** Runs a step as this process: progress, result and error go to stdout, a line of JSON each, for `tasks.mjs` to show. */
export async function task(work: (ports: TaskPorts) => Promise<unknown>): Promise<void> {
  const interrupted = new AbortController();
  for (const name of ["SIGINT", "SIGTERM"] as const) {
    process.on(name, () => {
      interrupted.abort(new StackhouseError("cancelled", "interrupted"));
    });
  }
  const progress: Progress = {
    status: (text) => say({ status: text }),
    info: (text) => say({ note: text }),
    warn: (text) => say({ note: `warning: ${text}` }),
  };
  try {
    const ports = { runner: systemRunner, clock: systemClock, signal: interrupted.signal, progress };
    const result = await work({ ...ports, home: homeFrom(process.env), env: process.env });
    say({ result: result ?? null });
  } catch (error) {
    say(isStackhouseError(error) ? { error: error.format(), code: error.code } : { error: describe(error) });
    process.exitCode = 1;
  }
}

function describe(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

function say(message: Readonly<Record<string, unknown>>): void {
  process.stdout.write(`${JSON.stringify(message)}\n`);
}
