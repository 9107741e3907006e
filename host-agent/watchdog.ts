import { promisify } from "node:util";
import type { Clock } from "../modules/base/clock.ts";
import { messageOf } from "../modules/base/errors.ts";
import type { Logger } from "./logging/logger.ts";

export interface WatchdogOptions {
  /** That of this process: systemd says in it where it can be told something. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** How long the agent may say nothing before systemd ends it and starts another one, milliseconds. */
  readonly deadlineMs: number;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly signal: AbortSignal;
}

/** So that one that comes late, on a busy host, is none that is missing. */
const signsADeadline = 3;

/**
 * Has systemd end this process where it hangs: from the first sign of life on it waits for the next one. The agent arms that itself, and not its unit, for
 * under the same unit runs the slot that was confirmed before, which may be of a version that gives no sign. Without systemd nobody watches.
 * Source: sd_notify(3).
 */
export async function keepWatched({ env, deadlineMs, clock, logger, signal }: WatchdogOptions): Promise<void> {
  if (env["NOTIFY_SOCKET"] === undefined) return;
  const tell = teller(env, deadlineMs / signsADeadline);
  try {
    await tell([`WATCHDOG_USEC=${deadlineMs * 1000}`, "WATCHDOG=1"], signal);
    for (;;) {
      await clock.sleep(deadlineMs / signsADeadline, signal);
      // A host that starts no process now may start one in time.
      await tell(["WATCHDOG=1"], signal).catch((error: unknown) => {
        logger.warn({ error: messageOf(error) }, "systemd was given no sign of life");
      });
    }
  } catch (error) {
    if (!signal.aborted) logger.warn({ error: messageOf(error) }, "nobody starts the agent anew where it hangs");
  }
}

/** The socket takes datagrams, which Node cannot send to a path: systemd's own program does. It is loaded when it is needed. */
function teller(env: WatchdogOptions["env"], timeout: number) {
  const run = promisify(process.getBuiltinModule("node:child_process").execFile);
  return async (states: readonly string[], signal: AbortSignal): Promise<void> => {
    await run("systemd-notify", [...states], { env, timeout, signal });
  };
}
