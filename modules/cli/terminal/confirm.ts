import { createInterface } from "node:readline/promises";
import { StackhouseError } from "../../base/errors.ts";
import type { CommandContext } from "../context.ts";

/** Whether somebody is there to answer a question. */
export function canAsk({ io, json }: CommandContext): boolean {
  return (io.stdin.isTTY ?? false) && (io.stdout.isTTY ?? false) && !json;
}

/** Fails before any work where a question will come that nobody could answer. */
export function refuseUnasked(context: CommandContext, command: string): void {
  if (canAsk(context)) return;
  throw new StackhouseError("input.invalid", `${command} asks before it acts, and here nobody could answer`, {
    hint: `stackhouse ${command} --yes goes ahead without asking`,
  });
}

/** Asks a yes-or-no question; only `y` or `yes` is yes. The end of the input is a no. */
export async function confirm({ io, interrupts: { signal } }: CommandContext, question: string): Promise<boolean> {
  const lines = createInterface({ input: io.stdin, output: io.stdout });
  // In its raw mode the terminal does not turn Ctrl-C into a signal; it is the same to the user.
  lines.on("SIGINT", () => process.kill(process.pid, "SIGINT"));
  const ended = new Promise<string>((resolve) => lines.once("close", () => resolve("")));
  try {
    const answer = await Promise.race([lines.question(`${question} [y/N] `, { signal }), ended]);
    return ["y", "yes"].includes(answer.trim().toLowerCase());
  } catch (error) {
    signal.throwIfAborted();
    throw error;
  } finally {
    lines.close();
  }
}
