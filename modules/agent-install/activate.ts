import { pack } from "tar-stream";
import { StackhouseError } from "../base/errors.ts";
import { agentPaths } from "../protocol/api.ts";
import { installPaths, type Slot } from "../protocol/slots.ts";
import type { SshCall, SshSession } from "../ssh/types.ts";
import type { AgentBundle } from "./bundle.ts";
import { asRoot } from "./privilege.ts";
import { unitPath, type HostProbe } from "./probe.ts";
import { removeUnusedNodes } from "./unused-nodes.ts";

export interface Activation {
  readonly bundle: AgentBundle;
  readonly slot: Slot;
  /** Digest of the Node binary that the slot runs on; it is on the host. */
  readonly nodeDigest: string;
  readonly probe: HostProbe;
}

/**
 * Fills the slot, makes it the candidate and starts it; prints systemd's id of this start. The order is that of
 * `modules/protocol/slots.ts`, and each step may be done again. stdin: a tar of what the host does not have yet.
 * The Node of the bundle that was in the slot goes where nothing else runs on it: more than a hundred megabytes.
 * The link in `multi-user.target.wants` is what `systemctl enable` makes of the unit's `[Install]`.
 * $1 install folder, $2 slot, $3 bundle digest, $4 Node digest, $5 unit file
 */
const script = `${removeUnusedNodes}
set -eu
umask 022
new="$2/.new"
mkdir -p "$1"
cd "$1"
rm -rf "$new"
mkdir -p "$new"
trap 'rm -rf "$new"' EXIT
tar -xf - -C "$new"
if [ -f "$new/agent.js" ]; then
  echo "$3  $new/agent.js" | sha256sum --check --status || { echo "the bundle arrived damaged" >&2; exit 65; }
  chmod 644 "$new/agent.js"
  sync -d "$new/agent.js"
  # What V8 compiled of the one before.
  rm -rf "$2/code"
  mv -f "$new/agent.js" "$2/agent.js"
fi
ln -sfn "../nodes/$4" "$2/node.new"
mv -T "$2/node.new" "$2/node"
if [ -f "$new/launch" ]; then
  chmod 755 "$new/launch"
  mv -f "$new/launch" launch
fi
unit=\${5##*/}
if [ -f "$new/unit" ]; then
  [ -e "$5" ] && known=yes || known=no
  chmod 644 "$new/unit"
  cp "$new/unit" "$5.new"
  mv -f "$5.new" "$5"
  # Only a unit that systemd has read before has to be read again: this takes a second under emulation.
  if [ "$known" = yes ]; then systemctl daemon-reload; fi
fi
wants=\${5%/*}/multi-user.target.wants
mkdir -p "$wants"
ln -sfn "$5" "$wants/$unit"
ln -sfn "$2" candidate.new
mv -T candidate.new candidate
sync -f .
remove_unused_nodes . || echo "an older Node stays" >&2
systemctl restart "$unit"
systemctl show --property InvocationID --value "$unit"`;

/** Starts a bundle as the candidate, with one command. Gives systemd's id of the start, by which the journal knows it. */
export async function activate(
  session: SshSession,
  { bundle, slot, nodeDigest, probe }: Activation,
  call: SshCall,
): Promise<string> {
  const content = await tarOf([
    ...(probe.bundles[slot] === bundle.digest ? [] : [["agent.js", bundle.script] as const]),
    ...(probe.launcherDigest === bundle.launcherDigest ? [] : [["launch", bundle.launcher] as const]),
    ...(probe.unitDigest === bundle.unitDigest ? [] : [["unit", bundle.unit] as const]),
  ]);
  const args = [agentPaths.install, slot, bundle.digest, nodeDigest, unitPath];
  const argv = ["sh", "-c", script, "stackhouse-activate", ...args];
  const result = await session.exec(argv, call, { stdin: content, ...asRoot(session.connection) });
  if (result.exitCode !== 0) {
    throw new StackhouseError("agent.install-failed", "the host agent could not be started", {
      details: result.stderr.split("\n").filter((line) => line !== ""),
    });
  }
  return result.stdout.trim();
}

/** $1 unit, $2 `start`, which does nothing where it runs, or `restart`. */
const startScript = `
systemctl "$2" "$1" || exit
systemctl show --property InvocationID --value "$1"`;

/**
 * Starts the confirmed slot where it does not run yet, or ends what runs there and starts it anew. Gives systemd's id of the start.
 *
 * @throws `agent.crashed` with systemd's words where it starts nothing
 */
export async function startConfirmed(session: SshSession, how: "start" | "restart", call: SshCall): Promise<string> {
  const argv = ["sh", "-c", startScript, "stackhouse-start", agentPaths.unit, how];
  const { exitCode, stdout, stderr } = await session.exec(argv, call, asRoot(session.connection));
  if (exitCode === 0) return stdout.trim();
  throw new StackhouseError("agent.crashed", "systemd does not start the host agent", {
    details: stderr.split("\n").filter((line) => line !== ""),
    hint: "on the host: systemctl status stackhouse-agent",
  });
}

async function tarOf(files: readonly (readonly [name: string, content: Uint8Array])[]): Promise<Buffer> {
  const tar = pack();
  for (const [name, content] of files) tar.entry({ name }, Buffer.from(content));
  tar.finalize();
  const chunks: Buffer[] = [];
  for await (const chunk of tar) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

/**
 * Takes a slot off that did not become healthy. systemd has done so already when its agent ended; one that hangs is put to an
 * end here. $1 the slot, $2 `current`, $3 `confirmed`, $4 unit
 */
const fallBackScript = `
if [ "$(readlink "$2")" != "$1" ]; then exit 0; fi
if [ -L "$3" ]; then systemctl restart "$4"; else systemctl stop "$4"; fi`;

/** Lets the confirmed slot run again, or stops the agent where there is none. A candidate has one start, and this one had. */
export async function fallBack(session: SshSession, slot: Slot, call: SshCall): Promise<void> {
  const { confirmed, current } = installPaths();
  const args = [slot, current, confirmed, agentPaths.unit];
  const argv = ["sh", "-c", fallBackScript, "stackhouse-fall-back", ...args];
  await session.exec(argv, call, asRoot(session.connection));
}
