import type { Clock } from "../base/clock.ts";
import type { Progress } from "../base/progress.ts";
import { seconds, waitUntil } from "../base/wait.ts";
import { StackhouseError } from "../base/errors.ts";
import type { SshCall, SshSession } from "../ssh/types.ts";

export interface FirstBootOptions {
  readonly session: SshSession;
  readonly clock: Clock;
  readonly progress: Progress;
  readonly signal: AbortSignal;
  /** Longest wait, milliseconds. Default 10 minutes: packages are installed, from mirrors that may be slow. */
  readonly firstBootMs?: number;
}

/**
 * Shell words that print `firstBoot=running` where cloud-init is at work. It writes its result when it is through, and its generator
 * says at each boot whether it runs at all.
 */
export const firstBootProbe = `
[ -e /run/cloud-init/enabled ] && [ ! -e /run/cloud-init/result.json ] && echo firstBoot=running`;

/** Prints the state, and below it what cloud-init said last. */
const script = `${firstBootProbe}
tail -n 1 /var/log/cloud-init-output.log 2>/dev/null
exit 0`;

const lookMs = 60_000;

/**
 * Waits until cloud-init is through: sshd answers long before Docker Engine is installed. The row shows
 * `waiting for the first boot 34 s (Setting up docker.io …)`.
 *
 * @throws `deadline` with the last thing that it said
 */
export async function waitForFirstBoot(options: FirstBootOptions): Promise<void> {
  const { session, signal, firstBootMs = 600_000 } = options;
  const call: SshCall = { signal, deadlineMs: lookMs };
  await waitUntil(
    async () => {
      const { stdout } = await session.exec(["sh", "-c", script, "stackhouse-first-boot"], call);
      const [state, ...said] = stdout.trim().split("\n");
      if (state !== "firstBoot=running") return { done: true, value: undefined };
      return { done: false, reason: said.at(-1) ?? "cloud-init has said nothing yet" };
    },
    {
      ...options,
      what: "the first boot",
      deadlineMs: firstBootMs,
      intervalMs: 1_000,
      onDeadline: (reason) =>
        new StackhouseError("deadline", `the first boot did not end within ${seconds(firstBootMs)}`, {
          details: [`cloud-init said last: ${reason}`],
          hint: "on the host: cloud-init status --long, and /var/log/cloud-init-output.log",
        }),
    },
  );
}
