import { isStackhouseError, type ErrorCode } from "../base/errors.ts";

/** What the process tells a script by its exit code. `docs/cli.md` explains each. */
export const exitCodes = {
  ok: 0,
  failed: 1,
  /** Wrong usage or wrong input: nothing was started, running the same again gives the same. */
  invalid: 2,
  /** `preview --expect-no-changes` found changes. */
  changes: 3,
  /** Another run holds the lock: try later. */
  locked: 4,
  cancelled: 130,
  /** The reader of the output went away, as in `stackhouse logs -f | head`. */
  outputClosed: 141,
} as const;

const invalid: ReadonlySet<ErrorCode> = new Set(["input.invalid", "stackfile.missing", "stackfile.invalid"]);

/** The exit code that belongs to an error. */
export function exitCodeOf(error: unknown): number {
  if (!isStackhouseError(error)) return exitCodes.failed;
  if (invalid.has(error.code)) return exitCodes.invalid;
  if (error.code === "lock.held") return exitCodes.locked;
  if (error.code === "cancelled") return exitCodes.cancelled;
  return exitCodes.failed;
}
