import { isStackhouseError, type StackhouseError } from "../../base/errors.ts";
import type { HostConnection } from "../../protocol/host.ts";
import { nameOf } from "../../ssh/dial.ts";

/**
 * Hosts that were out of reach when this run has asked them: a host is waited for once, and not once for each thing that is on it. Local VMs are not
 * among them: the workstation knows whether they are there, and starts them.
 */
export class OutOfReach {
  readonly #errors = new Map<string, StackhouseError>();

  /** Asks a host, unless it was out of reach: then for the same reason. */
  async ask<T>(connection: HostConnection, ask: () => Promise<T>): Promise<T> {
    if (connection.vmId !== undefined) return ask();
    const host = keyOf(connection);
    const known = this.#errors.get(host);
    if (known !== undefined) throw known;
    try {
      return await ask();
    } catch (error) {
      // An agent that does not come back has been looked for already.
      if (isOutOfReach(error) || isStackhouseError(error, "agent.unreachable")) {
        this.#errors.set(host, withoutSubject(error));
      }
      throw error;
    }
  }

  /** A run begins: what another one has met says nothing of now. */
  beginRun(): void {
    this.#errors.clear();
  }

  /** It was reached after all. */
  forget(connection: HostConnection): void {
    this.#errors.delete(keyOf(connection));
  }
}

/** Whether an error says that nobody gets to a host, for whatever reason. */
export function isOutOfReach(error: unknown): error is StackhouseError {
  return (
    isStackhouseError(error, "ssh.unreachable") ||
    isStackhouseError(error, "ssh.auth-failed") ||
    isStackhouseError(error, "ssh.jump-host")
  );
}

function keyOf(connection: HostConnection): string {
  return [nameOf(connection), connection.hostKey, connection.machineId ?? ""].join(" ");
}

/** As the next one is to be told it, and not as one about the app that met it first. */
function withoutSubject(error: StackhouseError): StackhouseError {
  return isStackhouseError(error.cause, error.code) ? error.cause : error;
}
