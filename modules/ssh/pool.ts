import { createHash } from "node:crypto";
import type { Clock } from "../base/clock.ts";
import { unlessAborted, withDeadline } from "../base/deadline.ts";
import type { HostConnection } from "../protocol/host.ts";
import { StackhouseError } from "../base/errors.ts";
import { seconds } from "../base/wait.ts";
import { dial, nameOf, unreachable } from "./dial.ts";
import { Link } from "./link.ts";
import { createSession } from "./session.ts";
import type { ConnectCall, DialPhase, SshPool, SshSession } from "./types.ts";

export interface SshPoolOptions {
  readonly clock: Clock;
  /** `SSH_AUTH_SOCK` of the workstation, for connections that hold no key. */
  readonly agentSocket?: string | undefined;
  /** How long an unused connection stays open, milliseconds. Default 30 000: a handshake costs seconds under emulation. */
  readonly idleMs?: number;
  /** A host that is silent for five of these is lost, milliseconds. Default 15 000. */
  readonly keepaliveMs?: number;
}

/** Connections shared by all that talk to the same host as the same user. Dispose it before the process ends. */
export function createSshPool(options: SshPoolOptions): SshPool {
  const shared = new Map<string, SharedLink>();
  let disposed = false;

  return {
    async connect(connection: HostConnection, call: ConnectCall): Promise<SshSession> {
      if (disposed) throw new StackhouseError("internal", "the SSH pool is closed");
      const key = keyOf(connection);
      let entry = shared.get(key);
      if (entry === undefined || entry.over) {
        const fresh = new SharedLink(connection, options, () => {
          if (shared.get(key) === fresh) shared.delete(key);
        });
        shared.set(key, (entry = fresh));
      }
      const joined = entry;
      joined.hold();
      try {
        return createSession(await joined.ready(call), () => joined.release());
      } catch (error) {
        joined.release();
        throw error;
      }
    },
    async [Symbol.asyncDispose]() {
      disposed = true;
      await Promise.all([...shared.values()].map((entry) => entry.close()));
    },
  };
}

/**
 * Equal for calls that may share a connection: same place, same pinned key, same login and rights, and the same machine. One that
 * replaces another has its keys, and may have its address.
 */
function keyOf(connection: HostConnection): string {
  const { address, port, user, hostKey, privateKey, jump, sudoPassword, machineId } = connection;
  const parts = [address, port, user, hostKey, privateKey, jump, sudoPassword, machineId];
  return createHash("sha256")
    .update(JSON.stringify(parts.map((part) => part ?? null)))
    .digest("hex");
}

/** One connection with its holders: dialled by the first, given up when nobody waits for it, closed when idle. */
class SharedLink {
  readonly #connection: HostConnection;
  readonly #options: SshPoolOptions;
  readonly #link: Promise<Link>;
  readonly #giveUp = new AbortController();
  /** Resolves at the host's first bytes. */
  readonly #answered: Promise<void>;
  #phase: DialPhase = "TCP connection";
  #holders = 0;
  #idle: AbortController | undefined;
  readonly #listeners = new Set<(phase: DialPhase) => void>();
  #connected = false;
  /** True when it cannot be joined any more. */
  over = false;

  constructor(connection: HostConnection, options: SshPoolOptions, onOver: () => void) {
    this.#connection = connection;
    this.#options = options;
    const end = (): void => {
      this.over = true;
      this.#idle?.abort();
      onOver();
    };
    let answered = (): void => undefined;
    this.#answered = new Promise((resolve) => (answered = resolve));
    this.#link = dial({
      connection,
      signal: this.#giveUp.signal,
      agentSocket: options.agentSocket,
      keepaliveMs: options.keepaliveMs ?? 15_000,
      onPhase: (phase) => {
        this.#phase = phase;
        for (const tell of this.#listeners) tell(phase);
        if (phase === "key exchange") answered();
      },
    }).then((dialled) => {
      const link = new Link(dialled, connection, options.clock);
      this.#connected = true;
      void link.closed.then(end);
      return link;
    });
    this.#link.catch(end);
  }

  /** The connection, within the caller's own deadlines: a joined dial may have been started by a more patient caller. */
  async ready(call: ConnectCall): Promise<Link> {
    const { clock } = this.#options;
    const { onPhase = () => undefined } = call;
    this.#listeners.add(onPhase);
    try {
      return await withDeadline(
        { ...call, clock },
        () => this.#late(call.deadlineMs),
        async (signal) => {
          const { answerMs } = call;
          if (answerMs !== undefined && !this.#connected) {
            await withDeadline(
              { clock, signal, deadlineMs: answerMs },
              () => this.#late(answerMs),
              (early) => unlessAborted(early, Promise.race([this.#answered, this.#link])),
            );
          }
          return unlessAborted(signal, this.#link);
        },
      );
    } finally {
      this.#listeners.delete(onPhase);
    }
  }

  #late(afterMs: number): StackhouseError {
    return unreachable(this.#connection, `no ${this.#phase} within ${seconds(afterMs)}`);
  }

  hold(): void {
    this.#holders += 1;
    this.#idle?.abort();
    this.#idle = undefined;
  }

  release(): void {
    this.#holders -= 1;
    if (this.#holders > 0 || this.over) return;
    const idle = (this.#idle = new AbortController());
    void (this.#connected ? this.#closeWhenIdle(idle.signal) : this.close());
  }

  async #closeWhenIdle(signal: AbortSignal): Promise<void> {
    try {
      await this.#options.clock.sleep(this.#options.idleMs ?? 30_000, signal);
    } catch {
      return; // Held again, or closed already.
    }
    await this.close();
  }

  async close(): Promise<void> {
    this.over = true;
    this.#idle?.abort();
    this.#giveUp.abort(new StackhouseError("cancelled", `the dial of ${nameOf(this.#connection)} was given up`));
    const link = await this.#link.catch(() => undefined);
    await link?.close();
  }
}
