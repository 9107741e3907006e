import { isStackhouseError, messageOf, StackhouseError } from "../base/errors.ts";
import type { CliIo } from "./io.ts";
import { styleFor } from "./render/style.ts";
import type { Typing } from "./render/typed.ts";

export interface ErrorFormat {
  readonly json: boolean;
  readonly verbose: boolean;
  readonly color: boolean;
  /** What the command is about, so that proposals are about the same. */
  readonly choice: Typing["choice"];
}

/** Shows an error: one screen for a person on stderr, or one JSON document on stdout for a script. */
export function showError(io: CliIo, error: unknown, format: ErrorFormat): void {
  const shown = isStackhouseError(error) ? error : unexpected(error);
  if (format.json) {
    const { code, message, hint, details, data } = shown;
    io.stdout.write(`${JSON.stringify({ error: { code, message, hint, details, ...data } }, undefined, 2)}\n`);
  } else {
    const style = styleFor({
      isTerminal: io.stderr.isTTY ?? false,
      colorOption: format.color,
      env: io.env,
      typing: { program: io.program ?? "stackhouse", choice: format.choice },
    });
    const label = shown.code === "cancelled" ? "" : `${style.bad(style.strong("error"))}: `;
    const lines = shown.format().split("\n");
    // Hints alone propose: evidence is shown as it was found.
    const typed = lines.map((line) => (line.trimStart().startsWith("→") ? style.commands(line) : line));
    io.stderr.write(`${label}${typed.join("\n")}\n`);
  }
  if (format.verbose) io.stderr.write(`\n${stackOf(error)}\n`);
}

function unexpected(error: unknown): StackhouseError {
  return new StackhouseError("internal", `this should not have happened: ${messageOf(error)}`, {
    hint: "run the same with --verbose for the stack trace, and report it",
    cause: error,
  });
}

function stackOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const own = error.stack ?? error.message;
  return error.cause === undefined ? own : `${own}\ncaused by: ${stackOf(error.cause)}`;
}
