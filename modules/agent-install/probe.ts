import * as z from "zod";
import { isStackhouseError, StackhouseError } from "../base/errors.ts";
import { agentPaths } from "../protocol/api.ts";
import { installPaths, parseSlot, type Slot } from "../protocol/slots.ts";
import type { SshCall, SshSession } from "../ssh/types.ts";
import { cloudInitFolder, dockerSocket, firstBootProbe } from "./first-boot.ts";
import { asRoot } from "./privilege.ts";

/** What one look at a host tells. */
export interface HostProbe {
  readonly architecture: string;
  /** Name and release of its distribution: `Debian 13`. */
  readonly system: string;
  readonly memoryBytes: number;
  /** `getconf GNU_LIBC_VERSION`: `glibc 2.41`; empty with another C library. */
  readonly libc: string;
  readonly hasSystemd: boolean;
  readonly isPrivileged: boolean;
  readonly hasDocker: boolean;
  /** Whether cloud-init is at work on the host, or was; undefined where it is not used. */
  readonly firstBoot: "running" | "over" | undefined;
  readonly freeBytes: number;
  readonly confirmed: Slot | undefined;
  /** Digests (hexadecimal) by slot, of the bundles that lie there. */
  readonly bundles: Readonly<Record<Slot, string | undefined>>;
  readonly launcherDigest: string | undefined;
  readonly unitDigest: string | undefined;
  /** Digests of the Node binaries that are there, by their names. */
  readonly nodes: readonly string[];
}

export const unitPath = `/etc/systemd/system/${agentPaths.unit}`;

/**
 * Answers as `key=value` and `DIGEST  PATH` lines. Few programs, many shell words: each program costs a tenth of a second and
 * more under emulation. $1 install folder, $2 unit file
 */
const script = `
echo "architecture=$(uname -m)"
( . /etc/os-release; echo "system=\${NAME%% *} $VERSION_ID" ) 2>/dev/null
while read -r key amount _; do [ "$key" = MemTotal: ] && echo "memoryKiB=$amount"; done </proc/meminfo
echo "libc=$(getconf GNU_LIBC_VERSION 2>/dev/null)"
[ -d /run/systemd/system ] && echo hasSystemd=yes
[ -S ${dockerSocket} ] && echo hasDocker=yes
[ "$(id -u)" = 0 ] && echo isPrivileged=yes
${firstBootProbe(cloudInitFolder, dockerSocket).trim()}
folder=$1
while [ ! -d "$folder" ]; do folder=\${folder%/*}; folder=\${folder:-/}; done
df -k --output=avail "$folder" | { read -r _; read -r free; echo "freeKiB=$free"; }
echo "confirmed=$(readlink "$1/confirmed")"
for node in "$1"/nodes/*; do echo "node=\${node##*/}"; done
sha256sum -- "$1/a/agent.js" "$1/b/agent.js" "$1/launch" "$2" 2>/dev/null
exit 0`;

const flag = z
  .literal("yes")
  .optional()
  .transform((value) => value === "yes");
const answersSchema = z.object({
  architecture: z.string(),
  system: z.string().default("unknown"),
  memoryKiB: z.coerce.number(),
  libc: z.string(),
  hasSystemd: flag,
  isPrivileged: flag,
  hasDocker: flag,
  firstBoot: z.enum(["running", "over"]).optional(),
  freeKiB: z.coerce.number(),
  confirmed: z.string(),
});

/** Looks at a host, with one command: as root, and as the user where that is refused. */
export async function probeHost(session: SshSession, call: SshCall): Promise<HostProbe> {
  const argv = ["sh", "-c", script, "stackhouse-probe", agentPaths.install, unitPath];
  const rights = asRoot(session.connection);
  const asUser = { exitCode: 1, stdout: "", stderr: "" };
  const first = await session.exec(argv, call, rights).catch((error: unknown) => {
    if (isStackhouseError(error, "ssh.sudo-refused")) return asUser;
    throw error;
  });
  const isRefused = first.exitCode !== 0 && rights.via !== undefined;
  const { stdout, stderr } = isRefused ? await session.exec(argv, call) : first;
  return parseProbe(stdout, stderr);
}

/** The answers of the probe's script, which may come behind a greeting of the host. */
export function parseProbe(stdout: string, stderr: string): HostProbe {
  const lines = stdout.split("\n");
  const pairs = lines.flatMap((line) => {
    const [, key, value] = /^(\w+)=(.*)$/.exec(line) ?? [];
    return key === undefined || value === undefined ? [] : [[key, value.trim()] as const];
  });
  const parsed = answersSchema.safeParse(Object.fromEntries(pairs));
  if (!parsed.success) {
    throw new StackhouseError("agent.install-failed", "the host cannot be looked at with a shell", {
      details: [...z.prettifyError(parsed.error).split("\n"), ...stderr.split("\n")].filter((line) => line !== ""),
    });
  }
  const digests = new Map(
    lines.flatMap((line) => {
      const [, digest, path] = /^([0-9a-f]{64}) [ *](.+)$/.exec(line) ?? [];
      return digest === undefined || path === undefined ? [] : [[path, digest] as const];
    }),
  );
  const { freeKiB, memoryKiB, confirmed, ...same } = parsed.data;
  const paths = installPaths();
  return {
    ...same,
    firstBoot: same.firstBoot,
    memoryBytes: memoryKiB * 1024,
    freeBytes: freeKiB * 1024,
    confirmed: parseSlot(confirmed),
    bundles: { a: digests.get(paths.slot("a").bundle), b: digests.get(paths.slot("b").bundle) },
    launcherDigest: digests.get(paths.launcher),
    unitDigest: digests.get(unitPath),
    nodes: pairs.filter(([key]) => key === "node").map(([, digest]) => digest),
  };
}

export function hasNode(probe: HostProbe, digest: string): boolean {
  return probe.nodes.includes(digest);
}
