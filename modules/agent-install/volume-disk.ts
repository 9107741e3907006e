import type { Clock } from "../base/clock.ts";
import { StackhouseError } from "../base/errors.ts";
import type { Progress } from "../base/progress.ts";
import { waitUntil } from "../base/wait.ts";
import type { SshCall, SshSession } from "../ssh/types.ts";
import { asRoot } from "./privilege.ts";

export interface VolumeDiskOptions {
  readonly session: SshSession;
  /** As the host names it: `/dev/disk/by-id/…`. */
  readonly device: string;
  readonly clock: Clock;
  readonly progress: Progress;
  readonly signal: AbortSignal;
}

/** Where Docker Engine keeps named volumes. */
export const volumesFolder = "/var/lib/docker/volumes";

/** A cloud attaches a disk a while after it says so. */
const attachMs = 120_000;
const mountMs = 120_000;

/**
 * Where Docker Engine keeps named volumes, and its own record of them: so a disk that is mounted there brings both to another host.
 * Nothing but volumes has a folder of its own there. It may be cut anywhere and run again: a disk that is mounted has its unit
 * enabled, and Docker Engine is started last, whoever mounted it. $1 device, $2 its mount point, $3 folder of units, $4 file that names the disk
 * whose file system is being made. Exit codes: 10 there are volumes on the host's own disk, 11 something else is on this one, 12 another
 * disk is mounted.
 *
 * Docker Engine takes each folder there for a volume, and so the one of the file system; fsck makes it anew where it has something for it.
 *
 * blkid ends with 2 where it finds nothing, or cannot read; with others where it cannot tell. So a file system is made only on a disk
 * that can be read and begins with zeros, or on one of which this host knows that it was so and that its making was cut.
 * Source: blkid(8).
 */
const script = `
set -eu
device=$1; volumes=$2; units=$3; begun=$4
unit=var-lib-docker-volumes.mount
if mounted=$(findmnt --noheadings --output SOURCE --mountpoint "$volumes"); then
  [ "$(readlink -f "$mounted")" = "$(readlink -f "$device")" ] || exit 12
else
  for entry in "$volumes"/*; do [ ! -d "$entry" ] || exit 10; done
  known=0
  found=$(blkid --probe --output export -- "$device") || known=$?
  if [ "$known" -eq 2 ]; then
    if [ "$(cat -- "$begun" 2>/dev/null)" != "$device" ]; then
      dd if="$device" of=/dev/null bs=1048576 count=1 status=none
      [ "$(head -c 1048576 -- "$device" | tr -d '\\0' | wc -c)" -eq 0 ] || exit 11
      mkdir -p "\${begun%/*}"
      printf '%s\\n' "$device" >"$begun"
      sync "$begun"
    fi
    mkfs.ext4 -q -L stackhouse -- "$device"
    found=TYPE=ext4
  elif [ "$known" -ne 0 ]; then
    exit 11
  fi
  case "$found" in *TYPE=ext4*) ;; *) exit 11 ;; esac
  rm -f -- "$begun"
  mkdir -p "$volumes" "$units/docker.service.d"
  printf '[Unit]\\nDescription=Named volumes of apps\\nBefore=docker.service\\n[Mount]\\nWhat=%s\\nWhere=%s\\nType=ext4\\n[Install]\\nWantedBy=multi-user.target\\n' \\
    "$device" "$volumes" >"$units/$unit"
  printf '[Unit]\\nRequiresMountsFor=%s\\n' "$volumes" >"$units/docker.service.d/stackhouse-volumes.conf"
  systemctl daemon-reload
  systemctl stop docker.socket docker.service
  systemctl enable --quiet --now "$unit"
  rmdir -- "$volumes/lost+found" 2>/dev/null || :
fi
systemctl start docker.service`;

/**
 * Mounts the disk for the named volumes of apps; a blank one gets a file system first. It stays mounted over restarts, and Docker Engine
 * does not start without it. What a cut left half-done is finished by the next call.
 *
 * @throws `agent.volume-disk` where that would hide or lose data; `deadline` when the disk does not come.
 */
export async function mountVolumeDisk(options: VolumeDiskOptions): Promise<void> {
  const { session, device, signal, progress } = options;
  const call = (deadlineMs: number): SshCall => ({ signal, deadlineMs });
  await waitUntil(
    async () => {
      const { exitCode } = await session.exec(["test", "-b", device], call(mountMs));
      return exitCode === 0 ? { done: true, value: undefined } : { done: false, reason: `there is no ${device} yet` };
    },
    { ...options, what: "the data volume", deadlineMs: attachMs, intervalMs: 1_000 },
  );
  progress.status("mounting the data volume");
  const paths = [volumesFolder, "/etc/systemd/system", "/var/lib/stackhouse/formatting"];
  const argv = ["sh", "-c", script, "stackhouse-volumes", device, ...paths];
  const result = await session.exec(argv, call(mountMs), asRoot(session.connection));
  if (result.exitCode !== 0) throw failed(device, result);
}

function failed(device: string, { exitCode, stderr }: { readonly exitCode: number; readonly stderr: string }): Error {
  const refusal = refusals[exitCode];
  return new StackhouseError(
    "agent.volume-disk",
    `the data volume ${device} was not mounted: ${refusal?.what ?? "a command failed"}`,
    {
      details: stderr.split("\n").filter((line) => line !== ""),
      hint: refusal?.hint ?? "read its last lines; then run this again",
    },
  );
}

const refusals: Readonly<Record<number, { readonly what: string; readonly hint: string } | undefined>> = {
  10: {
    what: "the host has named volumes on its own disk, which it would hide",
    hint: "give a data volume from the start, or copy these volumes elsewhere and remove them first",
  },
  11: {
    what: "there is, or may be, something on it that is no ext4 file system",
    hint: "nothing was changed; give an empty one",
  },
  12: {
    what: "another disk is mounted at /var/lib/docker/volumes",
    hint: "nothing was changed; unmount that one first, if it is yours",
  },
};
