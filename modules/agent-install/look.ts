import type { AgentClient } from "../agent-client/types.ts";
import { isStackhouseError, type StackhouseError } from "../base/errors.ts";
import type { AgentInfo } from "../protocol/api.ts";
import type { AgentBundle } from "./bundle.ts";

/** The last look must end while the agent still waits to be confirmed: `confirmDeadlineMs`. */
const lookMs = 20_000;

/** The agent of a bundle where it runs already, healthy and confirmed: there is nothing to install. Else undefined. */
export async function installedAgent(
  client: AgentClient,
  bundle: AgentBundle,
  signal: AbortSignal,
): Promise<AgentInfo | undefined> {
  const found = await lookForAgent(client, signal);
  if (found.kind !== "running") return undefined;
  return found.info.bundleDigest === bundle.digest && found.info.confirmed ? found.info : undefined;
}

/** What runs on a host; undefined where it answers and no agent does. @throws `agent.silent` where one hangs, `agent.protocol` where one does that is not understood */
export async function findAgent(client: AgentClient, signal: AbortSignal): Promise<AgentInfo | undefined> {
  const found = await lookForAgent(client, signal);
  switch (found.kind) {
    case "absent":
      return undefined;
    case "waits-for-engine":
    case "silent":
    case "locked":
    case "not-understood":
      throw found.error;
    case "running":
      return found.info;
  }
}

export type Found =
  | { readonly kind: "absent" }
  /** One takes connections and hangs. */
  | { readonly kind: "silent"; readonly error: StackhouseError }
  /** An agent answers that its container engine does not, as on a host that is booting. */
  | { readonly kind: "waits-for-engine"; readonly error: StackhouseError }
  /** One of another major version, or something else. */
  | { readonly kind: "not-understood"; readonly error: StackhouseError }
  /** The user does not become the one who may ask. */
  | { readonly kind: "locked"; readonly error: StackhouseError }
  | { readonly kind: "running"; readonly info: AgentInfo };

/** Looks for an agent, whatever it is at. @throws what the way to the host does, and the signal's reason */
export async function lookForAgent(client: AgentClient, signal: AbortSignal): Promise<Found> {
  try {
    return { kind: "running", info: await client.info({ signal, deadlineMs: lookMs }) };
  } catch (error) {
    if (!isStackhouseError(error)) throw error;
    if (error.code === "agent.unreachable") return { kind: "absent" };
    if (error.code === "agent.silent") return { kind: "silent", error };
    if (error.code === "agent.protocol") return { kind: "not-understood", error };
    if (error.code === "agent.runtime-unavailable") return { kind: "waits-for-engine", error };
    if (error.code === "ssh.sudo-refused") return { kind: "locked", error };
    throw error;
  }
}
