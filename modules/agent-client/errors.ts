import { isStackhouseError, StackhouseError, type ErrorCode } from "../base/errors.ts";
import type { Problem } from "../protocol/jobs.ts";

/** A problem of the agent as our error. A newer agent may use codes that are new to us: they are shown as they came. */
export function errorOf(problem: Problem): StackhouseError {
  const { code, message, hint, details } = problem;
  return new StackhouseError(code as ErrorCode, message, { hint, details });
}

export function notUnderstood(what: string, details: readonly string[] = []): StackhouseError {
  return new StackhouseError("agent.protocol", `the agent's answer is not understood: ${what}`, {
    details,
    hint: "client and agent may be of different versions: stackhouse up brings the agent to this one",
  });
}

/** What broke a stream, as an error for people. What the layer below has said already stays as it is. */
export function streamError(cause: unknown): StackhouseError {
  if (isStackhouseError(cause) && cause.code !== "ssh.command-failed") return cause;
  return new StackhouseError("agent.unreachable", "the host agent does not answer", {
    cause,
    hint: "on the host: systemctl status stackhouse-agent",
  });
}

const passing = ["agent.unreachable", "agent.silent", "ssh.unreachable"] as const;

/** True for what may pass by itself: the network was cut, the agent starts again, or hangs until its host starts it again. */
export function isConnectionLoss(error: unknown): boolean {
  return passing.some((code) => isStackhouseError(error, code));
}
