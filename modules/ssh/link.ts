import type { Duplex } from "node:stream";
import PQueue from "p-queue";
import type ssh2 from "ssh2";
import type { Clock } from "../base/clock.ts";
import { unlessAborted, withDeadline } from "../base/deadline.ts";
import { StackhouseError, messageOf } from "../base/errors.ts";
import type { HostConnection } from "../protocol/host.ts";
import { ChannelStream } from "./channel-stream.ts";
import { nameOf, unreachable, type Dialled } from "./dial.ts";
import type { SshCall } from "./types.ts";

/**
 * sshd allows 10 sessions a connection where its settings do not say fewer (sshd_config, MaxSessions); forwarded sockets do not count. The rest wait
 * here.
 */
const maxSessions = 8;

/** sshd counts a session that has ended for a moment longer. */
const noRoomMs = 3_000;
const noRoomPauseMs = 50;

/** Sets a limit to opening a channel. */
type Bound = <T>(opening: (signal: AbortSignal) => Promise<T>) => Promise<T>;

type OpenSession = (client: ssh2.Client, done: ssh2.ClientCallback) => void;

/** An authenticated connection, and what its sessions need of it. */
export class Link {
  readonly client: ssh2.Client;
  readonly connection: HostConnection;
  readonly clock: Clock;
  /** Settles when the connection is gone, for whatever reason. */
  readonly closed: Promise<void>;
  readonly #sessions = new PQueue({ concurrency: maxSessions });
  #openSessions = 0;
  #proof: Promise<StackhouseError | undefined> | undefined;
  readonly #socket: Duplex;
  #lost: StackhouseError | undefined;

  constructor({ client, socket }: Dialled, connection: HostConnection, clock: Clock) {
    this.client = client;
    this.#socket = socket;
    this.connection = connection;
    this.clock = clock;
    let reason = "the connection was closed";
    client.on("error", (error) => (reason = `the connection was lost: ${messageOf(error)}`));
    // `end` comes before ssh2 closes its channels, so that they can tell why.
    const onGone = (): void => {
      this.#lost ??= unreachable(connection, reason);
    };
    client.once("end", onGone);
    this.closed = new Promise((resolve) => {
      client.once("close", () => {
        onGone();
        resolve();
      });
    });
  }

  /** Why the connection is gone; undefined while it stands. */
  readonly lost = (): StackhouseError | undefined => this.#lost;

  /** Runs work under the caller's signal and deadline; `what` completes the error: `ls on root@host:22`. */
  within<T>(call: SshCall, what: string, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const late = (): StackhouseError =>
      new StackhouseError(
        "deadline",
        `${what} on ${nameOf(this.connection)} did not finish within ${call.deadlineMs / 1000} s`,
      );
    return withDeadline({ ...call, clock: this.clock }, late, work);
  }

  /**
   * Whether the host gives its rights to this connection's user: the refusal, where it does not. Whoever comes later is told the same, but a proof
   * that ended without an answer is none.
   */
  proof(prove: () => Promise<StackhouseError | undefined>): Promise<StackhouseError | undefined> {
    if (this.#proof === undefined) {
      const proof = (this.#proof = prove());
      proof.catch(() => {
        if (this.#proof === proof) this.#proof = undefined;
      });
    }
    return this.#proof;
  }

  /**
   * Opens a session channel when one is free, and keeps its place until the channel has closed, whatever becomes of the signal after that.
   * `bound` does not see the wait.
   */
  openSession(
    signal: AbortSignal,
    open: OpenSession,
    bound: Bound = (opening) => opening(signal),
  ): Promise<ssh2.ClientChannel> {
    const opened = new Promise<ssh2.ClientChannel>((resolve, reject) => {
      const wait = (priority: number): void => {
        this.#sessions.add(place, { priority }).catch((error: unknown) => reject(this.#explain(error, signal)));
      };
      const place = async (): Promise<void> => {
        signal.throwIfAborted();
        const channel = await bound((bounded) => this.#openWhereRoom(bounded, open));
        if (channel === undefined) {
          // The host has room for fewer: this one is the next. Some may have closed meanwhile.
          this.#sessions.concurrency = Math.max(1, this.#openSessions);
          wait(1);
          return;
        }
        this.#openSessions += 1;
        const closed = new Promise<void>((free) => channel.once("close", () => free()));
        if (signal.aborted) channel.close();
        resolve(channel);
        await closed;
        this.#openSessions -= 1;
      };
      wait(0);
    });
    return unlessAborted(signal, opened);
  }

  /** Opens a session channel; undefined where the host has room for no more than are open. */
  async #openWhereRoom(signal: AbortSignal, open: OpenSession): Promise<ssh2.ClientChannel | undefined> {
    const started = this.clock.now();
    for (;;) {
      try {
        return await this.openChannel<ssh2.ClientChannel>(signal, open);
      } catch (error) {
        if (!isRefusal(error)) throw error;
        if (this.#openSessions > 0) return undefined;
        if (this.clock.now() - started >= noRoomMs) throw noSession(this.connection, error);
      }
      await this.clock.sleep(noRoomPauseMs, signal);
    }
  }

  /** Opens a channel; one that opens after the caller gave up is closed at once. */
  async openChannel<C extends ssh2.Channel>(
    signal: AbortSignal,
    open: (client: ssh2.Client, done: (error: Error | undefined, channel: C) => void) => void,
  ): Promise<C> {
    signal.throwIfAborted();
    if (this.#lost !== undefined) throw this.#lost;
    const opening = new Promise<C>((resolve, reject) => {
      open(this.client, (error, channel) => {
        if (error !== undefined) reject(error);
        else if (signal.aborted) channel.close();
        else resolve(channel);
      });
    });
    try {
      return await unlessAborted(signal, opening);
    } catch (error) {
      throw this.#explain(error, signal);
    }
  }

  /** A channel as a stream that ends with the connection's own error when that is lost. */
  stream(channel: ssh2.Channel): ChannelStream {
    return new ChannelStream(channel, this.lost);
  }

  /** Takes leave of the host; one that does not answer is left after a second. */
  async close(): Promise<void> {
    this.client.end();
    const gone = new AbortController();
    void this.closed.then(() => gone.abort());
    await this.clock.sleep(1_000, gone.signal).catch(() => undefined);
    this.#socket.destroy();
    await this.closed;
  }

  #explain(error: unknown, signal: AbortSignal): Error {
    return (signal.aborted ? signal.reason : (this.#lost ?? error)) as Error;
  }
}

/** RFC 4254, section 5.1: SSH_OPEN_CONNECT_FAILED, which OpenSSH says of a session beyond its MaxSessions. */
function isRefusal(error: unknown): boolean {
  return error instanceof Error && "reason" in error && error.reason === 2;
}

function noSession(connection: HostConnection, cause: unknown): StackhouseError {
  return new StackhouseError("ssh.command-failed", `${nameOf(connection)} opens no session`, {
    hint: "its sshd must allow one: MaxSessions in sshd_config",
    cause,
  });
}
