import { StackhouseError, isStackhouseError, messageOf, type ErrorCode } from "../../modules/base/errors.ts";
import type { Problem } from "../../modules/protocol/jobs.ts";
import { RuntimeError, type RuntimeErrorKind } from "../runtime/errors.ts";
import { isDiskFull } from "../store/errors.ts";

const codes: Readonly<Record<RuntimeErrorKind, { readonly code: ErrorCode; readonly hint?: string }>> = {
  "not-found": { code: "app.job-failed" },
  conflict: { code: "app.job-failed" },
  "port-taken": {
    code: "app.port-taken",
    hint: "choose another host port in the stack file, or stop what uses this one",
  },
  unavailable: {
    code: "agent.runtime-unavailable",
    hint: "look at the engine on the host: systemctl status docker",
  },
  "image-not-found": { code: "app.image-missing", hint: "check the image's name and tag" },
  "image-access-denied": {
    code: "app.image-pull-failed",
    hint: "check the name, and the user and password given for this registry",
  },
  "image-pull-failed": { code: "app.image-pull-failed", hint: "run the same again: layers that came are kept" },
  "disk-full": { code: "app.disk-full", hint: "free space on the host, or give it a larger disk" },
  "start-failed": { code: "app.container-failed" },
  "device-missing": {
    code: "app.container-failed",
    hint: "install the driver of these devices on the host; for NVIDIA's: the NVIDIA Container Toolkit",
  },
  deadline: { code: "deadline" },
  unsupported: {
    code: "app.unsupported",
    hint: "upgrade Docker Engine on the host, or take it out of the stack file",
  },
  internal: { code: "app.job-failed" },
};

/** Any error of the runtime or the store in the terms that a user is shown; others pass. */
export function explain(error: unknown): StackhouseError {
  if (isStackhouseError(error)) return error;
  if (error instanceof RuntimeError) {
    const { code, hint } = codes[error.kind];
    return new StackhouseError(code, error.message, { hint, cause: error });
  }
  if (isDiskFull(error)) {
    const message = `the agent cannot write its journal: ${messageOf(error)}`;
    return new StackhouseError("app.disk-full", message, { hint: codes["disk-full"].hint, cause: error });
  }
  return new StackhouseError("internal", messageOf(error), { cause: error });
}

/** An error as it crosses the wire. */
export function problemOf(error: unknown): Problem {
  const { code, message, hint, details } = explain(error);
  return { code, message, ...(hint === undefined ? {} : { hint }), details: [...details] };
}

/** The same error with the place it happened in before its message. */
export function within(place: string, error: unknown, details?: readonly string[]): StackhouseError {
  const { code, message, hint, details: known } = explain(error);
  return new StackhouseError(code, `${place}: ${message}`, { hint, details: details ?? known, cause: error });
}

/**
 * Whether the world was not as the plan took it to be. The answer to that is to look again and plan again; any other error
 * would only come again.
 */
export function isSurprise(error: unknown): boolean {
  return error instanceof RuntimeError && ["not-found", "conflict", "unavailable"].includes(error.kind);
}
