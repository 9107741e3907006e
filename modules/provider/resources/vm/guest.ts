import { StackhouseError, isStackhouseError, messageOf } from "../../../base/errors.ts";
import type { HostConnection } from "../../../protocol/host.ts";
import type { Call } from "../../kit/resource.ts";
import type { VmPorts } from "./bring-up.ts";

/** From power on to the first login, milliseconds. Measured: 20 s under emulation; the rest is for busy machines. */
const guestDeadlineMs = 180_000;
const exitPollMs = 1_000;
const serialLines = 12;

/** Waits until the guest lets us in; a VM that exits, or that stays silent, is an error with its last serial lines. */
export async function waitForGuest(
  ports: VmPorts,
  vmId: string,
  connection: HostConnection,
  call: Call,
): Promise<void> {
  const over = new AbortController();
  const watched = { ...call, signal: AbortSignal.any([call.signal, over.signal]) };
  const login = ports.waitForSsh(connection, { ...watched, deadlineMs: guestDeadlineMs });
  const exit = untilExit(ports, vmId, watched);
  try {
    await Promise.race([login, exit]);
  } catch (error) {
    throw await withSerialLines(ports, vmId, error, call.signal);
  } finally {
    over.abort();
    await Promise.allSettled([login, exit]);
  }
}

async function untilExit(ports: VmPorts, vmId: string, call: Call): Promise<never> {
  for (;;) {
    await ports.clock.sleep(exitPollMs, call.signal);
    const found = await ports.driver.inspect(vmId, call);
    if (found.state === "running") continue;
    const why = found.state === "stopped" ? (found.lastExit ?? "no reason is known") : `it is ${found.state}`;
    throw new StackhouseError("vm.exited", `the VM ${vmId} stopped while it was starting: ${why}`);
  }
}

async function withSerialLines(ports: VmPorts, vmId: string, error: unknown, signal: AbortSignal): Promise<unknown> {
  if (isStackhouseError(signal.reason, "cancelled")) return error;
  const details = await ports.driver.console(vmId, serialLines);
  if (isStackhouseError(error, "vm.exited")) {
    return new StackhouseError(error.code, error.message, { details, hint: "stackhouse up starts it again" });
  }
  if (isStackhouseError(error, "ssh.host-key-mismatch")) return error;
  const reason: unknown = signal.aborted ? signal.reason : error;
  return new StackhouseError("vm.unreachable", `the VM ${vmId} does not answer: ${messageOf(reason)}`, {
    details: details.length === 0 ? ["the guest wrote nothing on its serial console"] : details,
    hint: "the VM is kept: run up again to go on with it, or destroy to remove it",
    cause: error,
  });
}
