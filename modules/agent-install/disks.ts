import type { Clock } from "../base/clock.ts";
import type { Progress } from "../base/progress.ts";
import type { SshSession } from "../ssh/types.ts";
import { waitForFirstBoot } from "./first-boot.ts";
import { growFileSystem } from "./grow-file-system.ts";
import { probeHost } from "./probe.ts";
import { checkHost } from "./requirements.ts";
import { mountVolumeDisk, volumesFolder } from "./volume-disk.ts";

export interface DisksOptions {
  readonly session: SshSession;
  /** Disk for the named volumes of apps, as the host names it: mounted first. Undefined: they are on the system's. */
  readonly volumeDevice: string | undefined;
  /** Sizes of the system's disk and of that one, where the program gave them: file systems grow to them. */
  readonly rootGiB: number | undefined;
  readonly volumeGiB: number | undefined;
  readonly clock: Clock;
  readonly progress: Progress;
  readonly signal: AbortSignal;
}

const lookMs = 60_000;

/**
 * Brings the disks of a host to what its program says, once its first boot is through. It may be repeated. Nothing is done to a host on which no
 * agent can live; how much space there is on it shows afterwards.
 *
 * @throws as `waitForFirstBoot`, `checkHost`, `mountVolumeDisk` and `growFileSystem`
 */
export async function prepareDisks(options: DisksOptions): Promise<void> {
  const { session, signal, volumeDevice: device, rootGiB, volumeGiB } = options;
  if (device === undefined && rootGiB === undefined) return;
  await waitForFirstBoot(options);
  checkHost(await probeHost(session, { signal, deadlineMs: lookMs }), session.connection, 0);
  if (rootGiB !== undefined) await growFileSystem({ ...options, mountPoint: "/", diskGiB: rootGiB });
  if (device === undefined) return;
  await mountVolumeDisk({ ...options, device });
  if (volumeGiB !== undefined) await growFileSystem({ ...options, mountPoint: volumesFolder, diskGiB: volumeGiB });
}
