import type { Clock } from "../base/clock.ts";
import { StackhouseError, isStackhouseError, messageOf } from "../base/errors.ts";
import type { Driver, DriverCall, VmInspection } from "./driver.ts";

export interface GuestPorts {
  readonly driver: Pick<Driver, "inspect" | "console">;
  readonly clock: Clock;
}

/** Tries to log in until it is let in or the deadline has passed. */
type Login<T> = (call: DriverCall & { readonly deadlineMs: number }) => Promise<T>;

/** From power on to the first login, milliseconds. Measured: 20 s under emulation; the rest is for busy machines. */
const guestDeadlineMs = 180_000;
const exitPollMs = 1_000;
const serialLines = 12;

/** Waits until the guest lets us in; a VM that exits, or that stays silent, is an error with its last serial lines. */
export async function waitForGuest<T>(ports: GuestPorts, vmId: string, logIn: Login<T>, call: DriverCall): Promise<T> {
  const over = new AbortController();
  const watched = { ...call, signal: AbortSignal.any([call.signal, over.signal]) };
  const login = logIn({ ...watched, deadlineMs: guestDeadlineMs });
  const exit = untilExit(ports, vmId, watched);
  try {
    return await Promise.race([login, exit]);
  } catch (error) {
    throw await withSerialLines(ports, vmId, error, call.signal);
  } finally {
    over.abort();
    await Promise.allSettled([login, exit]);
  }
}

async function untilExit(ports: GuestPorts, vmId: string, call: DriverCall): Promise<never> {
  for (;;) {
    await ports.clock.sleep(exitPollMs, call.signal);
    const found = await ports.driver.inspect(vmId, call);
    if (found.state === "running") continue;
    throw new StackhouseError("vm.exited", `the VM ${vmId} stopped while it was starting: ${reasonOf(found)}`);
  }
}

function reasonOf(found: Exclude<VmInspection, { state: "running" }>): string {
  switch (found.state) {
    case "stopped":
      return found.lastExit?.reason ?? "no reason is known";
    case "paused":
      return "somebody paused it";
    case "halted":
      return found.reason;
    case "absent":
      return "it is gone";
  }
}

async function withSerialLines(ports: GuestPorts, vmId: string, error: unknown, signal: AbortSignal): Promise<unknown> {
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
