import { isStackhouseError, type StackhouseError } from "../../base/errors.ts";
import type { HostConnection } from "../../protocol/host.ts";
import { connectionKey } from "../../ssh/connection-key.ts";
import { fingerprintOf } from "../../ssh/keys.ts";

/**
 * What this run has learnt of the ways to hosts: which led there, and which did not. A host is waited for once, and not once for each thing that is
 * on it. Local VMs are not among them: the workstation knows whether they are there, and starts them.
 */
export class Reach {
  readonly #errors = new Map<string, StackhouseError>();
  /** The last way that led to a host, by its host key. */
  readonly #ways = new Map<string, HostConnection>();

  /** Asks a host, unless it was out of reach: then for the same reason. */
  async ask<T>(connection: HostConnection, ask: () => Promise<T>): Promise<T> {
    if (connection.vmId !== undefined) return ask();
    const key = connectionKey(connection);
    const known = this.#errors.get(key);
    if (known !== undefined) throw known;
    try {
      const answer = await ask();
      this.reached(connection);
      return answer;
    } catch (error) {
      // An agent that does not come back has been looked for already.
      if (isOutOfReach(error) || isLostAgent(error)) {
        this.#errors.set(key, withoutSubject(error));
      }
      throw error;
    }
  }

  /** A run begins: what another one has met says nothing of now. */
  beginRun(): void {
    this.#errors.clear();
    this.#ways.clear();
  }

  /** A host has let us in, maybe after it did not. */
  reached(connection: HostConnection): void {
    this.#errors.delete(connectionKey(connection));
    this.#ways.set(fingerprintOf(connection.hostKey), connection);
  }

  /**
   * The last way that led to a host in this run, else the one that is remembered: what the program has dropped keeps the address and the login that
   * its host had then.
   */
  wayTo(remembered: HostConnection): HostConnection {
    return this.#ways.get(fingerprintOf(remembered.hostKey)) ?? remembered;
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

/** Whether an error says that a host answers and its agent does not. */
export function isLostAgent(error: unknown): error is StackhouseError {
  return isStackhouseError(error, "agent.unreachable") || isStackhouseError(error, "agent.silent");
}

/** As the next one is to be told it, and not as one about the app that met it first. */
function withoutSubject(error: StackhouseError): StackhouseError {
  return isStackhouseError(error.cause, error.code) ? error.cause : error;
}
