import type { HostConnection } from "../protocol/host.ts";

/** How long a host that should be there has to answer, milliseconds; a handshake costs seconds under emulation. */
export const connectMs = 30_000;
/** The same of a guest that may have just begun, on a busy workstation, beside others. */
const guestMs = 180_000;
/** The same of a machine in a cloud, which may boot. */
const bootMs = 300_000;

/** How long one waits until a host lets us in. */
export interface Patience {
  readonly deadlineMs: number;
  /** 0: a refused login is none that comes too early. Default: that of `waitForSsh`. */
  readonly loginGraceMs?: 0;
}

/**
 * For who installs an agent. A machine that the program makes in a cloud is new, or was started in this run, as after another size, and a cloud does not
 * tell when it has booted. A clone's sshd starts when its agent does.
 */
export function patienceWith({ machineId, vmId }: Pick<HostConnection, "machineId" | "vmId">): Patience {
  if (machineId !== undefined) return { deadlineMs: bootMs };
  return vmId === undefined ? { deadlineMs: connectMs, loginGraceMs: 0 } : { deadlineMs: guestMs };
}
