import { isStackhouseError, messageOf, StackhouseError, type ErrorCode } from "../../base/errors.ts";
import type { HostConnection } from "../../protocol/host.ts";
import { nameOf } from "../../ssh/names.ts";
import { isPrivateAddress } from "../../system/addresses.ts";
import type { Call } from "../kit/resource.ts";
import { connectMs } from "../patience.ts";
import type { WaitForSsh } from "../ports.ts";
import { isLostAgent, isOutOfReach, type Reach } from "./reach.ts";

export interface LostHostPorts {
  /** The user has said that hosts that cannot be reached are gone for good: `STACKHOUSE_DELETE_UNREACHABLE`. */
  readonly deleteUnreachable: boolean;
  readonly reach: Reach;
  /** Until the host lets us in, or says why not. */
  readonly waitForSsh: WaitForSsh;
}

/**
 * Removes something from a host. A machine with another host key at its address is not that host: what was there went with it, unless it is an address
 * that other machines have elsewhere, and this workstation is elsewhere now. One that cannot be reached may come back, so it counts as gone where the
 * user says so, and only there; what is behind a jump host may run whatever becomes of that. It is asked where this run has reached it, which the
 * state of what is removed may not know.
 * Source: pulumi-kubernetes issue 2489, PULUMI_K8S_DELETE_UNREACHABLE.
 */
export async function removeFromHost(
  { deleteUnreachable, reach, waitForSsh }: LostHostPorts,
  remembered: HostConnection,
  call: Call,
  remove: (connection: HostConnection) => Promise<void>,
): Promise<void> {
  // The workstation knows of its own VMs whether they are there.
  if (remembered.vmId !== undefined) return remove(remembered);
  const connection = reach.wayTo(remembered);
  try {
    await reach.ask(connection, async () => {
      // One that refuses connections may boot, or just start its SSH server anew.
      await waitForSsh(connection, { ...call, deadlineMs: connectMs, loginGraceMs: 0 });
      await remove(connection);
    });
  } catch (error) {
    if (!isStackhouseError(error)) throw error;
    const isAnother = error.code === "ssh.host-key-mismatch";
    if (isAnother && !isElsewhere(connection)) {
      call.progress.warn(
        `${error.message}: that host is gone from there, and what was on it is taken for removed; where it still runs at another address, ` +
          "so do its apps and its agent, with their secrets",
      );
      return;
    }
    if (!(isAnother || isOutOfReach(error)) || !deleteUnreachable) throw withWayOut(error, connection, call);
    call.progress.warn(`${error.message}: it is taken for gone, as STACKHOUSE_DELETE_UNREACHABLE says`);
  }
}

/** Whether its address may mean it in another network than this one. A jump host is in its network, and machines of a cloud come from there. */
function isElsewhere({ address, jump, machineId }: HostConnection): boolean {
  return jump === undefined && machineId === undefined && isPrivateAddress(address);
}

/**
 * Asks a host for something that is remembered, as a refresh does. Silence says nothing of what is there: what is on a host that does not answer stays
 * as it is remembered, and keeps no refresh from other hosts. A machine that the program made in a cloud may be gone, and the cloud says so of the machine
 * itself: what is on it goes or moves with it. Where the host answers and its agent does not, the next update puts that right. Another host key and a
 * refused login are answers, and errors.
 */
export async function readFromHost<T>(
  { reach }: Pick<LostHostPorts, "reach">,
  connection: HostConnection,
  call: Call,
  ask: () => Promise<T>,
): Promise<T | "unreachable"> {
  try {
    return await reach.ask(connection, ask);
  } catch (error) {
    if (isLostMachine(error, connection)) {
      call.progress.warn(`${messageOf(error)}: what is known of it stays; the cloud says whether the machine is there`);
    } else if (isSilentHost(error, connection)) {
      call.progress.warn(`${messageOf(error)}: what is known of it stays, and was not looked at`);
    } else if (isLostAgent(error)) call.progress.warn(noAgent(connection, messageOf(error)));
    else throw error;
    return "unreachable";
  }
}

/** @param why what says that its agent does not answer */
export function noAgent(connection: HostConnection, why: string): string {
  return `${nameOf(connection)}: ${why}: what is known of it stays; up starts the agent, or puts it there again`;
}

/**
 * Whether an error says that a machine of a cloud does not answer, or that another one does: its address may be somebody else's by now.
 * Only its cloud knows whether it is there.
 */
export function isLostMachine(error: unknown, { machineId }: HostConnection): boolean {
  if (machineId === undefined) return false;
  return isStackhouseError(error, "ssh.unreachable") || isStackhouseError(error, "ssh.host-key-mismatch");
}

/** Whether an error says that nobody answers where a host is, that is no VM of this workstation, or that another machine of its cloud does. */
export function isSilentHost(error: unknown, connection: HostConnection): boolean {
  const isSilent = isStackhouseError(error, "ssh.unreachable") && connection.vmId === undefined;
  return isSilent || isLostMachine(error, connection);
}

/** Who can tell more of a machine that a program made: a sentence. */
export function cloudKnows(machineId: string): string {
  return `its cloud knows whether ${machineId} is still there: pulumi refresh asks it, and up makes it anew where it is gone`;
}

/** The error of a host that does not answer, with who knows more of it. */
export function withCloud(error: StackhouseError, connection: HostConnection): StackhouseError {
  if (!isLostMachine(error, connection)) return error;
  return new StackhouseError(error.code, error.message, {
    details: error.details,
    hint: cloudKnows(connection.machineId ?? ""),
    cause: error,
  });
}

/** The error of what cannot be removed, with how it can be, or how one goes on without. */
function withWayOut(error: StackhouseError, connection: HostConnection, { urn }: Call): StackhouseError {
  const way = waysOut[error.code];
  if (way === undefined) return error;
  const { hint } = withCloud(error, connection);
  return new StackhouseError(error.code, error.message, {
    details: error.details,
    hint: [...(hint === undefined ? [] : [hint]), way.replace("URN", urn)].join("; "),
    cause: error,
  });
}

const letGo = "run this with STACKHOUSE_DELETE_UNREACHABLE=true";
const waysOut: Partial<Record<ErrorCode, string>> = {
  "ssh.host-key-mismatch": `its address is another machine's in another network; where the host is gone for good, ${letGo}`,
  "ssh.unreachable": `where the host is gone for good, ${letGo}`,
  "ssh.auth-failed": `where nobody gets in any more, ${letGo}: what is on the host stays there`,
  "ssh.jump-host": `where the host behind it is gone for good, ${letGo}`,
  "agent.unreachable": "stackhouse up puts the agent there again, then run this again",
  "agent.silent": "stackhouse up starts the agent anew, then run this again",
  "agent.runtime-unavailable": "where it is gone for good with its containers: pulumi state delete 'URN'",
};
