import { StackhouseError } from "../base/errors.ts";
import type { SshCall, SshSession } from "../ssh/types.ts";

/**
 * Takes out of a running guest what made it this guest: keys, ids and logs. Each VM of the image gets its own at its first
 * boot. The services are stopped before, so that none writes its part again.
 */
export const cleaningScript = `
set -eu
systemctl stop stackhouse-agent.service docker.service docker.socket containerd.service
rm -f /etc/ssh/ssh_host_* /etc/ssh/stackhouse_authorized_keys /etc/hostname /var/lib/docker/engine-id
rm -rf /var/log/journal /run/log/journal /var/lib/docker/containers /var/tmp/* /tmp/*
: >/etc/machine-id
sync
fstrim /`;

export async function cleanGuest(session: SshSession, call: SshCall): Promise<void> {
  const { exitCode, stderr } = await session.exec(["sh", "-c", cleaningScript], call);
  if (exitCode === 0) return;
  throw new StackhouseError("image.build-failed", "the guest of a baked image could not be cleaned", {
    details: stderr.split("\n").filter((line) => line !== ""),
  });
}

/** Ends the guest in good order. Its network may go before the answer comes. */
export async function powerOff(session: SshSession, call: SshCall): Promise<void> {
  try {
    await session.exec(["systemctl", "--no-block", "poweroff"], call);
  } catch (error) {
    if (!session.lost) throw error;
  }
}
