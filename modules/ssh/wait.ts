import type { Clock } from "../base/clock.ts";
import { StackhouseError, isStackhouseError, messageOf } from "../base/errors.ts";
import type { Progress } from "../base/progress.ts";
import { elapsedOf, seconds, waitUntil } from "../base/wait.ts";
import type { HostConnection } from "../protocol/host.ts";
import { nameOf } from "./names.ts";
import { describePoint, type DialPoint, type SshPool, type SshSession } from "./types.ts";

export interface SshWaitOptions {
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly progress: Progress;
  /** Longest wait, milliseconds. */
  readonly deadlineMs: number;
  /**
   * How long a refused login may be a host that is still booting, milliseconds: sshd answers before a cloud's first-boot
   * agent has written the key, or while pam_nologin holds everyone but root off. 0: it does not boot. Default 20 000.
   */
  readonly loginGraceMs?: number;
  /** After so long without an answer a warning says what one can do, and the wait goes on, milliseconds. Default: the error at its end says it. */
  readonly hintAfterMs?: number;
}

/**
 * How long each server has to its first bytes. A guest takes connections before it answers them, and the packets to a machine that boots are lost, so a
 * silent one is dialled again soon; twice as long is waited then, for it may only be slow.
 */
const firstAnswerMs = 3_000;
const longestAnswerMs = 12_000;

/**
 * A server that has refused several logins within seconds takes no connection any more from where they came, for a while.
 * Source: sshd_config(5), `PerSourcePenalties`, which OpenSSH 9.8 and later have by default: five seconds for each.
 */
const refusedPauseMs = 6_000;

/**
 * Waits until a host lets us in, and gives the session. The row shows `waiting for ssh 12 s of 5 min 00 s (connection refused)`.
 *
 * @throws `ssh.host-key-mismatch` at once; `ssh.auth-failed` after the grace, `ssh.jump-host` likewise; `ssh.unreachable` with the last reason at the
 *   deadline.
 */
export async function waitForSsh(
  pool: SshPool,
  connection: HostConnection,
  options: SshWaitOptions,
): Promise<SshSession> {
  const { clock, signal, deadlineMs, progress } = options;
  const started = clock.now();
  let refused: { readonly since: number; readonly error: StackhouseError } | undefined;
  let wayBack: string | undefined;
  let patienceMs = firstAnswerMs;
  // Why the last try failed that was long enough to find out.
  let told: string | undefined;
  let hasHinted = false;
  const hint = (reason: string): void => {
    const elapsed = clock.now() - started;
    if (hasHinted || wayBack === undefined || elapsed < (options.hintAfterMs ?? Infinity) || elapsed >= deadlineMs)
      return;
    hasHinted = true;
    progress.warn(`${nameOf(connection)} has not answered for ${seconds(elapsed)}: ${reason}; ${wayBack}`);
  };
  // What may take longer than a try whose end is told: under emulation the handshake takes seconds.
  const onPoint = (point: DialPoint): void => {
    if (point.phase === "TCP connection" || point.phase === "SSH banner") return;
    progress.status(`waiting for ssh ${elapsedOf(clock.now() - started, deadlineMs)} (${describePoint(point)})`);
  };
  return waitUntil(
    async () => {
      const begun = clock.now();
      // One that is cut at once would know no reason.
      const left = Math.max(deadlineMs - (begun - started), 1_000);
      // The last try has all that is left.
      const answerMs = left < 2 * patienceMs ? left : patienceMs;
      try {
        const session = await pool.connect(connection, { signal, deadlineMs: left, answerMs, onPoint });
        return { done: true, value: session };
      } catch (error) {
        if (isStackhouseError(error, "ssh.unreachable")) {
          wayBack = error.hint;
          const reason = messageOf(error.cause);
          const isSilent = clock.now() - begun >= answerMs;
          // One that is shorter than others has not had their time.
          if (isSilent && answerMs < patienceMs) return { done: false, reason: told ?? reason };
          hint(reason);
          told = isSilent ? undefined : reason;
          if (isSilent) patienceMs = Math.min(2 * patienceMs, longestAnswerMs);
          return { done: false, reason };
        }
        if (!isRefusedLogin(error) || signal.aborted) throw error;
        refused = { since: refused?.since ?? clock.now(), error };
        if (clock.now() - refused.since >= (options.loginGraceMs ?? 20_000)) throw error;
        return { done: false, reason: "login refused", pauseMs: refusedPauseMs };
      }
    },
    {
      ...options,
      what: "ssh",
      intervalMs: 200,
      // It let nobody in while it answered, which says more than what it did last.
      onDeadline: (reason) =>
        refused?.error ??
        new StackhouseError(
          "ssh.unreachable",
          `gave up waiting for ssh on ${nameOf(connection)} after ${seconds(clock.now() - started)}: ${reason}`,
          { hint: wayBack },
        ),
    },
  );
}

/** By the host, or by the server on the way to it. */
function isRefusedLogin(error: unknown): error is StackhouseError {
  const refusal = isStackhouseError(error, "ssh.jump-host") ? error.cause : error;
  return isStackhouseError(refusal, "ssh.auth-failed");
}
