import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { createInterface } from "node:readline";
import * as z from "zod";

/** One call of docker compose. */
export interface OracleCase {
  /** Where it is run: absolute. */
  readonly folder: string;
  /** Files that are there, by their path below the folder. Without any, the folder is as it is. */
  readonly files: Readonly<Record<string, string>>;
  /** The whole environment. */
  readonly env: Readonly<Record<string, string>>;
  /** What follows `docker compose`. */
  readonly args: readonly string[];
}

const outcomeSchema = z.strictObject({
  exit: z.number(),
  stdout: z.string(),
  stderr: z.string(),
  error: z.string().optional(),
  /** It would have ended with a stack trace. */
  crashed: z.boolean().optional(),
  /** It would not have ended. */
  hung: z.boolean().optional(),
});

export type OracleOutcome = z.infer<typeof outcomeSchema>;

/** With a case that hangs, the process that was asked ends, too. */
const hungExit = 3;

/** The oracle itself ends a case that waits longer than four minutes. */
const silenceMs = 5 * 60_000;

/** What docker compose makes of each case, in their order. */
export async function askOracle(program: string, cases: readonly OracleCase[]): Promise<readonly OracleOutcome[]> {
  const outcomes: OracleOutcome[] = [];
  while (outcomes.length < cases.length) outcomes.push(...(await askOne(program, cases.slice(outcomes.length))));
  return outcomes;
}

/** The outcomes of the cases up to the first that hangs. */
async function askOne(program: string, cases: readonly OracleCase[]): Promise<readonly OracleOutcome[]> {
  const silent = new AbortController();
  const silence = setTimeout(() => silent.abort(), silenceMs);
  const child = spawn(program, [], { stdio: ["pipe", "pipe", "pipe"], signal: silent.signal });
  const ended = once(child, "close") as Promise<[number | null]>;
  let trouble = "";
  child.stderr.on("data", (text: Buffer) => (trouble += text.toString()));
  // Who ends with a case reads no more of them.
  child.stdin.on("error", (error) => (trouble += error.message));
  child.stdin.end(cases.map((one) => `${JSON.stringify(one)}\n`).join(""));
  try {
    const outcomes: OracleOutcome[] = [];
    for await (const line of createInterface({ input: child.stdout })) {
      outcomes.push(outcomeSchema.parse(JSON.parse(line)));
      silence.refresh();
    }
    const [exitCode] = await ended;
    const isWhole = exitCode === 0 && outcomes.length === cases.length;
    if (isWhole || (exitCode === hungExit && outcomes.at(-1)?.hung === true)) return outcomes;
    throw new Error(`the oracle ended after ${outcomes.length} of ${cases.length} cases: ${trouble}`);
  } finally {
    clearTimeout(silence);
  }
}

export function isThere(program: string): boolean {
  return existsSync(program);
}
