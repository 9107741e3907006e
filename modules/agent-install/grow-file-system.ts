import type { Clock } from "../base/clock.ts";
import { StackhouseError } from "../base/errors.ts";
import type { Progress } from "../base/progress.ts";
import { waitUntil } from "../base/wait.ts";
import type { SshCall, SshSession } from "../ssh/types.ts";
import { asRoot } from "./privilege.ts";

export interface GrowOptions {
  readonly session: SshSession;
  /** Where the file system is mounted on the host. */
  readonly mountPoint: string;
  /** Size of its disk as the cloud was asked for it, GiB. */
  readonly diskGiB: number;
  readonly clock: Clock;
  readonly progress: Progress;
  readonly signal: AbortSignal;
}

/** A cloud says that a disk is larger a while before the machine sees it. */
const seenMs = 120_000;
const growMs = 120_000;

/**
 * Grows the partition where there is one, then the file system, as they are in use; both leave alone what is large enough. $1 mount point,
 * $2 least size of the disk in bytes. Exit codes: 10 the disk is smaller still, which it prints, 11 this is not how such a file system
 * grows, which it prints. Nothing but room behind a partition needs growpart, which is not everywhere; it leaves 1 MiB of it, and ends with 1 where there is
 * nothing to grow. Source: growpart(1), resize2fs(8).
 */
const script = `
set -eu
# Sectors of 512 bytes of a disk, $2, behind its partition, $1.
room() { read -r start <"/sys/class/block/\${1##*/}/start"; read -r own <"/sys/class/block/\${1##*/}/size"; read -r all <"/sys/class/block/\${2##*/}/size"; echo "$((all - start - own))"; }
device=$(readlink -f "$(findmnt --noheadings --output SOURCE --mountpoint "$1")")
kind=$(findmnt --noheadings --output FSTYPE --mountpoint "$1")/$(lsblk --noheadings --nodeps --output TYPE "$device")
case "$kind" in
  ext4/part)
    number=$(cat "/sys/class/block/\${device##*/}/partition")
    disk=/dev/$(lsblk --noheadings --nodeps --output PKNAME "$device") ;;
  ext4/disk | ext4/loop) number=; disk=$device ;;
  *) echo "$kind"; exit 11 ;;
esac
bytes=$(blockdev --getsize64 "$disk")
[ "$bytes" -ge "$2" ] || { echo "$bytes"; exit 10; }
if [ -n "$number" ] && [ "$(room "$device" "$disk")" -gt 4096 ]; then
  changed=0
  growpart "$disk" "$number" >/dev/null || changed=$?
  [ "$changed" -le 1 ] || exit "$changed"
fi
resize2fs "$device" >/dev/null`;

/**
 * Makes a file system as large as its disk has become, while it is in use. One that is large enough stays as it is; one that is no ext4 on a disk or
 * a partition is left to people, with a warning.
 *
 * @throws `agent.disk-size` when a command fails; `deadline` when the host does not see the disk's size.
 */
export async function growFileSystem(options: GrowOptions): Promise<void> {
  const { session, mountPoint, diskGiB, signal, progress } = options;
  const call: SshCall = { signal, deadlineMs: growMs };
  const argv = ["sh", "-c", script, "stackhouse-grow", mountPoint, String(diskGiB * 2 ** 30)];
  await waitUntil(
    async () => {
      const { exitCode, stdout, stderr } = await session.exec(argv, call, asRoot(session.connection));
      switch (exitCode) {
        case 0:
          return { done: true, value: undefined };
        case 10:
          return { done: false, reason: `the host sees ${stdout.trim()} bytes of ${diskGiB} GiB` };
        case 11:
          progress.warn(
            `${mountPoint} does not grow by itself: it is ${stdout.trim()}, and no ext4 on a disk or a partition`,
          );
          return { done: true, value: undefined };
        default:
          throw failed(mountPoint, stderr);
      }
    },
    { ...options, what: `the disk of ${mountPoint} to be ${diskGiB} GiB`, deadlineMs: seenMs, intervalMs: 2_000 },
  );
}

function failed(mountPoint: string, stderr: string): StackhouseError {
  return new StackhouseError(
    "agent.disk-size",
    `the file system at ${mountPoint} could not be made as large as its disk`,
    {
      details: stderr.split("\n").filter((line) => line !== ""),
      hint: "what is on it is as it was; read its last lines, then run this again (growpart is in the package cloud-guest-utils)",
    },
  );
}
