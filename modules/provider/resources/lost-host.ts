import { isStackhouseError, messageOf, StackhouseError } from "../../base/errors.ts";
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

/**
 * Asks a host for something, as a refresh does: with a read, and with a diff after it. A machine that the program made in a cloud and that does not answer may be gone, and
 * the cloud says so of the machine itself: what is on it stays as it is remembered, and goes or moves with its machine. Another host
 * that does not answer is an error.
 */
export async function readFromHost<T>(
  connection: HostConnection,
  call: Call,
  ask: () => Promise<T>,
): Promise<T | "unreachable"> {
  try {
    return await ask();
  } catch (error) {
    if (!isLostMachine(error, connection)) throw error;
    call.progress.warn(`${messageOf(error)}: what is known of it stays; the cloud says whether the machine is there`);
    return "unreachable";
  }
}

/**
 * Whether an error says that a machine of a cloud does not answer, or that another one does: its address may be somebody else's by now.
 * Only its cloud knows whether it is there.
 */
export function isLostMachine(error: unknown, { machineId }: HostConnection): boolean {
  if (machineId === undefined) return false;
  return isStackhouseError(error, "ssh.unreachable") || isStackhouseError(error, "ssh.host-key-mismatch");
}

/** The error of a host that does not answer, with who knows more of it. */
export function withCloud(error: StackhouseError, connection: HostConnection): StackhouseError {
  if (!isLostMachine(error, connection)) return error;
  return new StackhouseError(error.code, error.message, {
    details: error.details,
    hint: `its cloud knows whether ${connection.machineId ?? ""} is still there: pulumi refresh asks it, and up makes it anew where it is gone`,
    cause: error,
  });
}

function withWayOut(error: StackhouseError): StackhouseError {
  return new StackhouseError(error.code, error.message, {
    details: error.details,
    hint: "start the host, or run this with STACKHOUSE_DELETE_UNREACHABLE=true where it is gone for good",
    cause: error,
  });
}
