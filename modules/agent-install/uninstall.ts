import { createAgentClient } from "../agent-client/client.ts";
import type { AgentClient } from "../agent-client/types.ts";
import type { Clock } from "../base/clock.ts";
import { StackhouseError } from "../base/errors.ts";
import { agentPaths } from "../protocol/api.ts";
import { installPaths } from "../protocol/slots.ts";
import type { SshSession } from "../ssh/types.ts";
import { lookForAgent } from "./look.ts";
import { asRoot } from "./privilege.ts";
import { unitPath } from "./probe.ts";
import { agentStreams } from "./streams.ts";
import { removeUnusedNodes } from "./unused-nodes.ts";

export interface UninstallOptions {
  readonly session: SshSession;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Longest duration, milliseconds. */
  readonly deadlineMs: number;
}

/** What became of an agent. */
export type Uninstalled =
  /** It has apps left, maybe of another project, and stays for them. */
  | { readonly kind: "stays"; readonly apps: readonly string[] }
  /** It is gone, or was never there. */
  | { readonly kind: "removed" }
  /** It did not answer, so nobody knows whether it had apps: it is gone, and its record is still there for the next one. */
  | { readonly kind: "removed-unasked" };

/**
 * Takes away what an installer wrote, as far as that goes: a part that cannot be removed keeps no other one, and is an error. The Node binary stays
 * where a base image brought it. Prints `kept` where there is a state that is kept.
 * The state goes by another name at once, as nobody knows any more that it may go once the agent is gone: a run that is cut is finished by the next.
 * $1 unit, $2 unit file, $3 `keep` or `remove` the state, $4 state folder, $5 install folder, then the files of the installation.
 */
const script = `${removeUnusedNodes}
set -u
unit=$1; unitFile=$2; state=$3; folder=$4; install=$5
shift 5
failed=0
if [ -e "$unitFile" ]; then systemctl disable --quiet --now "$unit" || failed=1; fi
case "$state" in
  keep) if [ -e "$folder" ]; then echo kept; fi ;;
  remove) if [ -e "$folder" ]; then rm -rf -- "$folder.removed"; mv -T -- "$folder" "$folder.removed" || failed=1; fi ;;
esac
rm -rf -- "$folder.removed" || failed=1
rm -f -- "$unitFile" || failed=1
systemctl daemon-reload || failed=1
systemctl reset-failed "$unit" 2>/dev/null
rm -rf -- "$@" || failed=1
remove_unused_nodes "$install" || failed=1
rmdir -- "$install/nodes" "$install" 2>/dev/null
exit "$failed"`;

/**
 * Takes the agent off a host, unless it has apps left there. Of one that does not answer the record stays, with the configs and secrets
 * that containers may use. A host without an agent is success.
 *
 * @throws `agent.protocol`, `agent.runtime-unavailable` or `ssh.sudo-refused` of an agent that cannot be asked, before anything is changed; `ssh.command-failed` with what could not be removed
 */
export async function uninstallAgent({ session, clock, signal, deadlineMs }: UninstallOptions): Promise<Uninstalled> {
  using streams = agentStreams(session, clock);
  const client = createAgentClient({ open: streams.open, clock });
  const isRunning = await canTellItsApps(client, signal);
  const apps = isRunning ? await client.apps({ signal }) : [];
  if (apps.length > 0) return { kind: "stays", apps };

  const paths = installPaths();
  const files = [
    ...[paths.launcher, paths.confirmed, paths.candidate, paths.current],
    ...(["a", "b"] as const).map((slot) => paths.slot(slot).directory),
  ];
  const state = isRunning ? "remove" : "keep";
  const args = [agentPaths.unit, unitPath, state, agentPaths.state, agentPaths.install, ...files];
  const argv = ["sh", "-c", script, "stackhouse-uninstall", ...args];
  const result = await session.exec(argv, { signal, deadlineMs }, asRoot(session.connection));
  if (result.exitCode !== 0) {
    throw new StackhouseError("ssh.command-failed", "the host agent could not be taken off the host", {
      details: result.stderr.split("\n").filter((line) => line !== ""),
      hint: "put right what its last lines say, and run this again: it goes on with what is left",
    });
  }
  return { kind: result.stdout.includes("kept") ? "removed-unasked" : "removed" };
}

/** Whether an agent answers. One that hangs answers nobody until it ends, and one that is not there cannot. */
async function canTellItsApps(client: AgentClient, signal: AbortSignal): Promise<boolean> {
  const found = await lookForAgent(client, signal);
  switch (found.kind) {
    case "running":
      return true;
    case "absent":
    case "silent":
      return false;
    case "waits-for-engine":
    case "not-understood":
    case "locked":
      throw found.error;
  }
}
