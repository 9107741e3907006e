import type { Duplex } from "node:stream";
import { createAgentClient } from "../agent-client/client.ts";
import { multiplex } from "../agent-client/multiplexed.ts";
import type { Clock } from "../base/clock.ts";
import type { DriverCall } from "../hypervisors/driver.ts";

/** Asks an agent, at the other end of a connection through the port of its VM, what it is asked first: who it is. */
export async function askAgent(clock: Clock, stream: Duplex, call: DriverCall): Promise<void> {
  using port = multiplex(stream, clock);
  await createAgentClient({ open: port.open, clock }).info(call);
}
