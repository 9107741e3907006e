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

/** A thousand cases take some seconds. */
const deadlineMs = 5 * 60_000;

/** What docker compose makes of each case, in their order. */
export async function askOracle(program: string, cases: readonly OracleCase[]): Promise<readonly OracleOutcome[]> {
  const child = spawn(program, [], { stdio: ["pipe", "pipe", "pipe"], signal: AbortSignal.timeout(deadlineMs) });
  const ended = once(child, "close") as Promise<[number | null]>;
  let trouble = "";
  child.stderr.on("data", (text: Buffer) => (trouble += text.toString()));
  child.stdin.end(cases.map((one) => `${JSON.stringify(one)}\n`).join(""));
  const outcomes: OracleOutcome[] = [];
  for await (const line of createInterface({ input: child.stdout })) {
    outcomes.push(outcomeSchema.parse(JSON.parse(line)));
  }
  const [exitCode] = await ended;
  if (outcomes.length === cases.length && exitCode === 0) return outcomes;
  throw new Error(`the oracle ended after ${outcomes.length} of ${cases.length} cases: ${trouble}`);
}

export function isThere(program: string): boolean {
  return existsSync(program);
}
