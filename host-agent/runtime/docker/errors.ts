import { messageOf } from "../../../modules/base/errors.ts";
import { RuntimeError, type RuntimeErrorKind } from "../errors.ts";

/** An answer of the engine with a status that says that there is none: 400 or above, or a redirect. */
export class EngineError extends Error {
  override readonly name = "EngineError";
  readonly status: number;
  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

export function isEngineStatus(error: unknown, ...statuses: readonly number[]): boolean {
  return error instanceof EngineError && statuses.includes(error.status);
}

/** What was being done: the same answer means other things. The engine tells most causes apart by its message alone. */
export type ErrorContext = "any" | "create" | "start" | "pull" | "load";

/** What is thrown out of the backend. An abort is not told apart here: its reason wins at the end of the call. */
export function toRuntimeError(error: unknown, context: ErrorContext): RuntimeError {
  if (error instanceof RuntimeError) return error;
  if (error instanceof EngineError) return new RuntimeError(kindOf(error, context), error.message, { cause: error });
  if (hungUp(error)) {
    return new RuntimeError("unavailable", "Docker Engine hung up in the middle of its answer", { cause: error });
  }
  return new RuntimeError("internal", `Docker Engine: ${messageOf(error)}`, { cause: error });
}

/** How Node reports a stream whose other end is gone. */
function hungUp(error: unknown): boolean {
  if (typeof error !== "object" || error === null || !("code" in error)) return false;
  return error.code === "ECONNRESET" || error.code === "EPIPE";
}

/** The first pattern that matches decides. Texts: moby's libnetwork, distribution and registry client, 20.10 to 28. */
const kindByMessage: readonly (readonly [RegExp, RuntimeErrorKind])[] = [
  [/no space left on device|disk quota exceeded/i, "disk-full"],
  [/could not select device driver/i, "device-missing"],
  [/port is already allocated|address already in use|ports are not available/i, "port-taken"],
];

const pullKindByMessage: readonly (readonly [RegExp, RuntimeErrorKind])[] = [
  [/manifest unknown|manifest for .* not found|name unknown|: not found$|no matching manifest/i, "image-not-found"],
  [
    /unauthorized|authentication required|no basic auth credentials|access denied|denied:|forbidden/i,
    "image-access-denied",
  ],
];

function kindOf({ status, message }: EngineError, context: ErrorContext): RuntimeErrorKind {
  const patterns = context === "pull" ? [...kindByMessage, ...pullKindByMessage] : kindByMessage;
  const known = patterns.find(([pattern]) => pattern.test(message));
  if (known !== undefined) return known[1];
  switch (context) {
    case "pull":
      return status === 404 ? "image-not-found" : "image-pull-failed";
    case "load":
      return "image-pull-failed";
    case "create":
      if (status === 404 && /no such image/i.test(message)) return "image-not-found";
      return status === 400 ? "start-failed" : kindOfStatus(status);
    case "start":
      return status === 404 && /no such container/i.test(message) ? "not-found" : "start-failed";
    case "any":
      return kindOfStatus(status);
  }
}

function kindOfStatus(status: number): RuntimeErrorKind {
  switch (status) {
    case 404:
      return "not-found";
    case 403: // A network with endpoints.
    case 409:
      return "conflict";
    default:
      return "internal";
  }
}
