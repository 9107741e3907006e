import { isStackhouseError, StackhouseError } from "../../base/errors.ts";
import type { HostConnection } from "../../protocol/host.ts";
import type { Call } from "../kit/resource.ts";

export interface LostHostPorts {
  /** The user has said that hosts that cannot be reached are gone for good: `STACKHOUSE_DELETE_UNREACHABLE`. */
  readonly deleteUnreachable: boolean;
}

/**
 * Removes something from a host. A machine with another host key at its address is not that host: what was there went with it.
 * One that cannot be reached may come back, so it counts as gone where the user says so, and only there.
 * Source: pulumi-kubernetes issue 2489, PULUMI_K8S_DELETE_UNREACHABLE.
 */
export async function removeFromHost(
  { deleteUnreachable }: LostHostPorts,
  connection: HostConnection,
  call: Call,
  remove: () => Promise<void>,
): Promise<void> {
  try {
    await remove();
  } catch (error) {
    // The workstation knows of its own VMs whether they are there.
    if (!isStackhouseError(error) || connection.vmId !== undefined) throw error;
    if (error.code === "ssh.host-key-mismatch") {
      call.progress.warn(`${error.message}: that host is gone, and what was on it is taken for removed`);
    } else if (error.code === "ssh.unreachable") {
      if (!deleteUnreachable) throw withWayOut(error);
      call.progress.warn(`${error.message}: it is taken for gone, as STACKHOUSE_DELETE_UNREACHABLE says`);
    } else throw error;
  }
}

function withWayOut(error: StackhouseError): StackhouseError {
  return new StackhouseError(error.code, error.message, {
    details: error.details,
    hint: "start the host, or run this with STACKHOUSE_DELETE_UNREACHABLE=true where it is gone for good",
    cause: error,
  });
}
