import { showElapsed } from "../../../base/elapsed.ts";
import { messageOf, StackhouseError } from "../../../base/errors.ts";
import type { DriverCall } from "../../driver.ts";
import type { VmFolder } from "../folder.ts";
import { openPorter, type Porter } from "./porter.ts";
import type { QemuPorts } from "../ports.ts";

/** A clock that is off by more is that of a kernel that has found out wrongly how fast its processor counts. */
const tolerance = 0.05;
const watchedMs = 1_000;

/**
 * Makes sure that a guest's clock runs as fast as that of the workstation, as far as the time that answers take lets it be known.
 *
 * @throws `vm.unreachable` where it does not: all that the guest waits for is over too early, or too late
 */
export async function requireTrueClock(
  porter: Pick<Porter, "uptime">,
  { clock }: Pick<QemuPorts, "clock">,
  signal: AbortSignal,
): Promise<void> {
  const asked = clock.now();
  const before = await porter.uptime();
  const answered = clock.now();
  await clock.sleep(watchedMs, signal);
  const askedAgain = clock.now();
  const after = await porter.uptime();
  const answeredAgain = clock.now();
  if (before === "unknown" || after === "unknown") return;
  const guestMs = (after - before) * 1000;
  const [least, most] = [askedAgain - answered, answeredAgain - asked];
  if (guestMs >= least * (1 - tolerance) && guestMs <= most * (1 + tolerance)) return;
  const ratio = (guestMs / (guestMs < least ? least : most)).toFixed(2);
  throw new StackhouseError(
    "vm.unreachable",
    `the guest's clock runs ${ratio} times as fast as that of the workstation`,
  );
}

/** Sets the clock of a guest that stood still, and whether that was heard. One that does not listen is late, and runs nevertheless. */
export async function setGuestClock(
  folder: VmFolder,
  answerMs: number,
  ports: QemuPorts,
  call: DriverCall,
): Promise<boolean> {
  try {
    await using porter = await openPorter(folder.path, { answerMs, signal: call.signal });
    // A guest that boots listens later: the time is taken when it does.
    const what = "waiting for the guest to take the time";
    const kind = await showElapsed(
      () => what,
      { ...call, clock: ports.clock },
      () => porter.hello(),
    );
    if (kind !== "identified") throw new StackhouseError("vm.unreachable", `its guest calls itself ${kind}`);
    await porter.setClock(ports.clock.now());
    return true;
  } catch (error) {
    call.signal.throwIfAborted();
    call.progress.warn(`the clock of ${folder.id} is late: ${messageOf(error)}`);
    return false;
  }
}
