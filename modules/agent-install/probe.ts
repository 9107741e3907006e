import { z } from "zod";
import { StackhouseError } from "../base/errors.ts";
import { agentPaths } from "../protocol/api.ts";
import { parseSlot, type Slot } from "../protocol/slots.ts";
import type { SshCall, SshSession } from "../ssh/types.ts";

/** What one look at a host tells. */
export interface HostProbe {
  readonly architecture: string;
  /** `getconf GNU_LIBC_VERSION`: `glibc 2.41`; empty with another C library. */
  readonly libc: string;
  readonly hasSystemd: boolean;
  readonly isPrivileged: boolean;
  readonly hasDocker: boolean;
  readonly freeBytes: number;
  readonly confirmed: Slot | undefined;
  /** Digests (hexadecimal) by slot, of the bundles that lie there. */
  readonly bundles: Readonly<Record<Slot, string>>;
  readonly launcherDigest: string;
  readonly unitDigest: string;
  /** Digests of the Node binaries that are there, by their names. */
  readonly nodes: readonly string[];
}

export const unitPath = `/etc/systemd/system/${agentPaths.unit}`;

/** Command that makes a user root, empty for root itself. */
export function privilegeOf(user: string): readonly string[] {
  return user === "root" ? [] : ["sudo", "-n"];
}

/** Runs as the user: what needs more goes through `$1`, the command that gives it. $2 install folder, $3 unit file. */
const script = `
as_root() { if [ -n "$privilege" ]; then sudo -n "$@"; else "$@"; fi; }
privilege=$1
digest() { as_root sha256sum -- "$1" 2>/dev/null | cut -c 1-64; }
echo "architecture=$(uname -m)"
echo "libc=$(getconf GNU_LIBC_VERSION 2>/dev/null)"
[ -d /run/systemd/system ] && echo hasSystemd=yes
as_root true 2>/dev/null && echo isPrivileged=yes
[ -S /var/run/docker.sock ] && echo hasDocker=yes
folder=$2
while [ ! -d "$folder" ]; do folder=$(dirname "$folder"); done
echo "freeKiB=$(df -Pk "$folder" | tail -n 1 | awk '{ print $4 }')"
echo "confirmed=$(readlink "$2/confirmed")"
echo "bundleA=$(digest "$2/a/agent.js")"
echo "bundleB=$(digest "$2/b/agent.js")"
echo "launcher=$(digest "$2/launch")"
echo "unit=$(digest "$3")"
echo "nodes=$(as_root ls "$2/nodes" 2>/dev/null | tr '\\n' ' ')"
exit 0`;

const flag = z
  .literal("yes")
  .optional()
  .transform((value) => value === "yes");
const answersSchema = z.object({
  architecture: z.string(),
  libc: z.string(),
  hasSystemd: flag,
  isPrivileged: flag,
  hasDocker: flag,
  freeKiB: z.coerce.number(),
  confirmed: z.string(),
  bundleA: z.string(),
  bundleB: z.string(),
  launcher: z.string(),
  unit: z.string(),
  nodes: z.string(),
});

/** Looks at a host, with one command. */
export async function probeHost(session: SshSession, call: SshCall): Promise<HostProbe> {
  const [privilege = ""] = privilegeOf(session.connection.user);
  const argv = ["sh", "-c", script, "stackhouse-probe", privilege, agentPaths.install, unitPath];
  const { stdout, stderr } = await session.exec(argv, call);
  return parseProbe(stdout, stderr);
}

/** The answers of the probe's script, which may come behind a greeting of the host. */
export function parseProbe(stdout: string, stderr: string): HostProbe {
  const lines = stdout.split("\n").flatMap((line) => {
    const at = line.indexOf("=");
    return at < 0 ? [] : [[line.slice(0, at), line.slice(at + 1).trim()] as const];
  });
  const parsed = answersSchema.safeParse(Object.fromEntries(lines));
  if (!parsed.success) {
    throw new StackhouseError("agent.install-failed", "the host cannot be looked at with a shell", {
      details: [...z.prettifyError(parsed.error).split("\n"), ...stderr.split("\n")].filter((line) => line !== ""),
    });
  }
  const { freeKiB, confirmed, bundleA, bundleB, launcher, unit, nodes, ...same } = parsed.data;
  return {
    ...same,
    freeBytes: freeKiB * 1024,
    confirmed: parseSlot(confirmed),
    bundles: { a: bundleA, b: bundleB },
    launcherDigest: launcher,
    unitDigest: unit,
    nodes: nodes.split(" ").filter((name) => name !== ""),
  };
}

export function hasNode(probe: HostProbe, digest: string): boolean {
  return probe.nodes.includes(digest);
}
