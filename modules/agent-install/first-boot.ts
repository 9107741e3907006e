import type { Clock } from "../base/clock.ts";
import type { Progress } from "../base/progress.ts";
import { seconds, waitUntil } from "../base/wait.ts";
import { StackhouseError } from "../base/errors.ts";
import type { SshCall, SshSession } from "../ssh/types.ts";
import { troublesOf, type CloudInitTroubles } from "./cloud-init-status.ts";
import { asRoot } from "./privilege.ts";

export interface FirstBootOptions {
  readonly session: SshSession;
  readonly clock: Clock;
  readonly progress: Progress;
  readonly signal: AbortSignal;
  /** Longest wait, milliseconds. Default 10 minutes: packages are installed, from mirrors that may be slow. */
  readonly firstBootMs?: number;
}

/** cloud-init's state of this boot. */
export const cloudInitFolder = "/run/cloud-init";
export const dockerSocket = "/var/run/docker.sock";

/**
 * Shell words that print `firstBoot=running` where cloud-init is at work, and `firstBoot=over` where it was. It writes its result when it is
 * through, and its generator says at each boot whether it runs at all. A host that keeps its last stage from running, masked or failed, has no
 * result ever: there it is over when Docker Engine is there, and systemd neither runs that stage nor is about to. Where: cloud-init's folder and
 * the socket of Docker Engine, as words of the shell.
 */
export function firstBootProbe(folder: string, socket: string): string {
  return `
if [ -e ${folder}/result.json ]; then echo firstBoot=over
elif [ -e ${folder}/enabled ]; then
  stage=
  if [ -S ${socket} ]; then stage=$(systemctl show --property ActiveState --property Job cloud-final.service 2>/dev/null); fi
  case "$stage" in
    *Job=[1-9]*) echo firstBoot=running ;;
    *ActiveState=active* | *ActiveState=inactive* | *ActiveState=failed*) echo firstBoot=over ;;
    *) echo firstBoot=running ;;
  esac
fi`;
}

/** Prints one answer a line. $1 cloud-init's folder, $2 its log, $3 socket of Docker Engine */
const script = `
${firstBootProbe('"$1"', '"$3"')}
[ -S "$3" ] && echo hasDocker=yes
printf 'said=%s\\n' "$(tail -n 1 "$2" 2>/dev/null)"
printf 'status=%s\\n' "$(tr -d '\\n' 2>/dev/null <"$1/status.json")"
exit 0`;

const lookMs = 60_000;

/**
 * Waits until cloud-init is through: sshd answers long before Docker Engine is installed. The row shows
 * `waiting for the first boot 34 s of 10 min 00 s (Setting up docker.io …)`. Trouble that did not keep Docker Engine away is a warning.
 *
 * @throws `agent.install-failed` with cloud-init's own reasons, as soon as it has ended without Docker Engine; `deadline` with the last
 *   thing that it said
 */
export async function waitForFirstBoot(options: FirstBootOptions): Promise<void> {
  const { session, signal, progress, firstBootMs = 600_000 } = options;
  const call: SshCall = { signal, deadlineMs: lookMs };
  const paths = [cloudInitFolder, "/var/log/cloud-init-output.log", dockerSocket];
  const argv = ["sh", "-c", script, "stackhouse-first-boot", ...paths];
  const { hasDocker, troubles } = await waitUntil(
    async () => {
      const { stdout } = await session.exec(argv, call, asRoot(session.connection));
      const answers = new Map(stdout.split("\n").map((line) => splitAt(line)));
      if (answers.get("firstBoot") !== "running") {
        const found = { hasDocker: answers.has("hasDocker"), troubles: troublesOf(answers.get("status") ?? "") };
        return { done: true, value: found };
      }
      return { done: false, reason: answers.get("said") || "cloud-init has said nothing yet" };
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
  const { errors, warnings } = troubles;
  if (!hasDocker && errors.length + warnings.length > 0) throw failed(troubles);
  for (const trouble of [...errors, ...warnings]) progress.warn(`the first boot: ${trouble}`);
}

function splitAt(line: string): readonly [key: string, value: string] {
  const at = line.indexOf("=");
  return [line.slice(0, at), line.slice(at + 1)];
}

function failed({ errors, warnings }: CloudInitTroubles): StackhouseError {
  return new StackhouseError("agent.install-failed", "the first boot ended without Docker Engine", {
    details: [...errors, ...warnings],
    hint:
      "on the host: /var/log/cloud-init-output.log; install Docker Engine there (apt-get update && apt-get install docker.io), " +
      "or replace the machine; then stackhouse up",
  });
}
