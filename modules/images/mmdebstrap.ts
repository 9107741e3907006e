import { StackhouseError } from "../base/errors.ts";
import type { Runner } from "../system/exec.ts";
import { systemPath } from "./tools.ts";

export interface DebianBuild {
  /** As errors name it: `the VM base image`. */
  readonly what: string;
  /** Of mmdebstrap, without the mode. */
  readonly args: readonly string[];
  /** Where it unpacks. */
  readonly scratch: string;
  readonly cwd?: string;
  readonly variables?: Readonly<Record<string, string>>;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly runner: Runner;
  readonly signal: AbortSignal;
  /** Told what it is doing. */
  readonly onStage?: (stage: string) => void;
}

const deadlineMs = 20 * 60_000;

/**
 * Runs mmdebstrap: as root, or in a user namespace as any other user.
 *
 * @throws `image.build-failed` with its last lines
 */
export async function runMmdebstrap(build: DebianBuild): Promise<void> {
  const lines: string[] = [];
  const command = mmdebstrapCommand(build.args, { isRoot: process.getuid?.() === 0 });
  const { exitCode } = await build.runner.exec(command.program, command.args, {
    ...(build.cwd === undefined ? {} : { cwd: build.cwd }),
    env: { PATH: systemPath(build.env), TMPDIR: build.scratch, ...build.variables },
    signal: build.signal,
    timeoutMs: deadlineMs,
    // Nothing of it has to end in good order: what it made is thrown away.
    killSignal: "SIGKILL",
    onLine: (line) => {
      lines.push(line);
      if (line.startsWith("I: ")) build.onStage?.(line.slice(3).replace(/\.\.\.$/, ""));
    },
  });
  if (exitCode !== 0) throw buildFailure(build.what, lines);
}

/**
 * It is killed with this process, whatever happens: a build that nobody waits for must not go on in a folder that is being removed.
 * As root its processes are in a namespace that ends with the first of them, for the signal reaches no child; so do its mounts,
 * which would keep the folder from being removed. Source: prctl(2) PR_SET_PDEATHSIG, unshare(1).
 */
function mmdebstrapCommand(
  args: readonly string[],
  { isRoot }: { readonly isRoot: boolean },
): { readonly program: string; readonly args: readonly string[] } {
  const own = isRoot ? ["unshare", "--mount-proc", "--pid", "--fork", "--kill-child", "--propagation=private"] : [];
  const mode = `--mode=${isRoot ? "root" : "unshare"}`;
  return { program: "setpriv", args: ["--pdeathsig", "KILL", ...own, "mmdebstrap", mode, ...args] };
}

const unreachable = /Temporary failure resolving|Could not resolve|Could not connect|Failed to fetch|Unable to connect/;
const noNamespaces = /newuidmap|\/etc\/subuid|unshare.*(not permitted|failed)|user namespaces/i;
const noSpace = /No space left on device/;

function buildFailure(what: string, lines: readonly string[]): StackhouseError {
  const details = lines.filter((line) => line.trim() !== "").slice(-12);
  const failed = (reason: string, hint: string): StackhouseError =>
    new StackhouseError("image.build-failed", `${what} could not be built${reason}`, { details, hint });
  if (lines.some((line) => unreachable.test(line))) {
    return failed(
      ": Debian's packages could not be fetched",
      "check the network and the proxy settings (http_proxy), then run this again",
    );
  }
  if (lines.some((line) => noSpace.test(line))) {
    return failed(": the disk is full", "free some space, or set STACKHOUSE_HOME to another disk, then run this again");
  }
  if (lines.some((line) => noNamespaces.test(line))) {
    return failed(
      ": this user may not make user namespaces",
      "apt-get install uidmap, give the user a range in /etc/subuid and /etc/subgid, or build it once as root",
    );
  }
  return failed("", "run this again; the last lines above say where it stopped");
}
