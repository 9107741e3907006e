import { showElapsed } from "../../base/elapsed.ts";
import { messageOf, StackhouseError } from "../../base/errors.ts";
import type { DriverCall } from "../driver.ts";
import type { VmFolder } from "./folder.ts";
import { openPorter } from "./porter.ts";
import type { QemuPorts } from "./ports.ts";

/** Sets the clock of a guest that stood still. One that does not listen is late, and runs nevertheless. */
export async function setGuestClock(
  folder: VmFolder,
  answerMs: number,
  ports: QemuPorts,
  call: DriverCall,
): Promise<void> {
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
  } catch (error) {
    call.signal.throwIfAborted();
    call.progress.warn(`the clock of ${folder.id} is late: ${messageOf(error)}`);
  }
}
