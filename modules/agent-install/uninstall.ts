import { createAgentClient } from "../agent-client/client.ts";
import type { Clock } from "../base/clock.ts";
import { StackhouseError } from "../base/errors.ts";
import { agentPaths } from "../protocol/api.ts";
import { installPaths } from "../protocol/slots.ts";
import type { SshSession } from "../ssh/types.ts";
import { findAgent } from "./install.ts";
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

/**
 * Takes away what an installer wrote. The Node binary stays where a base image brought it.
 * $1 unit, $2 unit file, $3 `keep` or `remove` the state, $4 state folder, $5 install folder, then the files of the installation.
 */
const script = `${removeUnusedNodes}
set -u
unit=$1; unitFile=$2; state=$3; folder=$4; install=$5
shift 5
systemctl disable --quiet --now "$unit" 2>/dev/null
rm -f -- "$unitFile"
systemctl daemon-reload
systemctl reset-failed "$unit" 2>/dev/null
[ "$state" = keep ] || rm -rf -- "$folder"
rm -rf -- "$@"
remove_unused_nodes "$install"
rmdir -- "$install/nodes" "$install" 2>/dev/null
[ ! -e "$unitFile" ]`;

/**
 * Takes the agent off a host, unless it has apps left there, maybe of another project: it stays for them, and their names are the
 * answer. Of one that does not answer the record stays, with the configs and secrets that containers may use. A host without an
 * agent is success.
 */
export async function uninstallAgent({
  session,
  clock,
  signal,
  deadlineMs,
}: UninstallOptions): Promise<readonly string[]> {
  const client = createAgentClient({ open: agentStreams(session), clock });
  const agent = await findAgent(client, signal);
  const apps = agent === undefined ? [] : await client.apps({ signal });
  if (apps.length > 0) return apps;

  const paths = installPaths();
  const files = [
    ...[paths.launcher, paths.confirmed, paths.candidate, paths.current],
    ...(["a", "b"] as const).map((slot) => paths.slot(slot).directory),
  ];
  const state = agent === undefined ? "keep" : "remove";
  const args = [agentPaths.unit, unitPath, state, agentPaths.state, agentPaths.install, ...files];
  const argv = ["sh", "-c", script, "stackhouse-uninstall", ...args];
  const result = await session.exec(argv, { signal, deadlineMs }, asRoot(session.connection));
  if (result.exitCode !== 0) {
    throw new StackhouseError("ssh.command-failed", "the host agent could not be taken off the host", {
      details: result.stderr.split("\n").filter((line) => line !== ""),
    });
  }
  return [];
}
